//! Lines: quotes, lists, tables and code are told apart, since marks within a line do not reach from one into the next.

use super::inlines;

/// A part of a message.
enum Block {
    Words(String),
    Code(String),
}

/// What of a message is parted from what comes before by a comma, as items of a list are.
struct Part {
    block: Block,
    is_item: bool,
}

pub(super) fn text(content: &str) -> String {
    let parts = parts(content);
    let mut out = String::with_capacity(content.len());
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push_str(if part.is_item && parts[at - 1].is_item { ", " } else { " " });
        }
        match &part.block {
            Block::Words(words) => out.push_str(super::words(&inlines::text(words)).as_str()),
            Block::Code(code) => out.push_str(code),
        }
    }
    out
}

fn parts(content: &str) -> Vec<Part> {
    let lines: Vec<&str> = content.lines().collect();
    let mut parts: Vec<Part> = Vec::new();
    // Whether the next line goes on with the last part, and how deep that is quoted.
    let (mut is_open, mut depth) = (false, 0);
    let mut at = 0;
    while at < lines.len() {
        let (quotes, line) = behind_quotes(lines[at]);
        at += 1;
        if line.trim().is_empty() {
            is_open = false;
            continue;
        }
        if let Some(fence) = Fence::of(line) {
            let mut code = String::new();
            while at < lines.len() {
                let line = if quotes > 0 { behind_quotes(lines[at]).1 } else { lines[at] };
                at += 1;
                if fence.ends(line) {
                    break;
                }
                code.push_str(line);
                code.push('\n');
            }
            parts.push(Part { block: Block::Code(super::words(&code)), is_item: false });
            is_open = false;
            continue;
        }
        if at < lines.len() && is_table(line, behind_quotes(lines[at]).1) {
            parts.push(Part { block: Block::Words(cells(line)), is_item: true });
            at += 1;
            while at < lines.len() && !behind_quotes(lines[at]).1.trim().is_empty() {
                parts.push(Part { block: Block::Words(cells(behind_quotes(lines[at]).1)), is_item: true });
                at += 1;
            }
            is_open = false;
            continue;
        }
        let item = behind_bullet(line);
        match parts.last_mut() {
            // A paragraph that a line goes on with, also out of a quote, is one: what is hidden may reach over its lines.
            Some(Part { block: Block::Words(words), .. }) if is_open && item.is_none() && quotes <= depth => {
                words.push('\n');
                words.push_str(line);
            }
            _ => {
                let words = item.map_or_else(|| line.to_owned(), task);
                parts.push(Part { block: Block::Words(words), is_item: item.is_some() });
                depth = quotes;
            }
        }
        is_open = true;
    }
    parts
}

/// A line behind its signs of quotes, and how many those are.
fn behind_quotes(line: &str) -> (usize, &str) {
    let (mut depth, mut rest) = (0, line);
    while let Some(quoted) = rest.trim_start().strip_prefix('>') {
        depth += 1;
        rest = quoted.strip_prefix(' ').unwrap_or(quoted);
    }
    (depth, rest)
}

/// An item of a list behind its sign.
pub(super) fn behind_bullet(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = match digits {
        0 => line.strip_prefix(['-', '+', '*'])?,
        1..=9 => line[digits..].strip_prefix(['.', ')'])?,
        _ => return None,
    };
    rest.starts_with([' ', '\t']).then(|| rest.trim_start()).filter(|item| !item.is_empty())
}

/// An item of a list that is to be done, with its box.
fn task(item: &str) -> String {
    for (sign, drawn) in [("[ ] ", "☐ "), ("[x] ", "☑ "), ("[X] ", "☑ ")] {
        if let Some(rest) = item.strip_prefix(sign) {
            return format!("{drawn}{rest}");
        }
    }
    item.to_owned()
}

/// What begins code that takes whole lines.
struct Fence {
    sign: char,
    length: usize,
}

impl Fence {
    fn of(line: &str) -> Option<Self> {
        let fence = line.trim_start_matches(' ');
        let sign = fence.chars().next().filter(|sign| ['`', '~'].contains(sign))?;
        let length = fence.chars().take_while(|c| *c == sign).count();
        // What names the language has no backtick: else it is code within a line.
        let is_fence = length >= 3 && line.len() - fence.len() <= 3 && (sign == '~' || !fence[length..].contains('`'));
        is_fence.then_some(Self { sign, length })
    }

    fn ends(&self, line: &str) -> bool {
        let line = line.trim();
        line.chars().all(|c| c == self.sign) && line.len() >= self.length
    }
}

/// Whether a table begins with these two lines.
fn is_table(head: &str, below: &str) -> bool {
    let is_rule = |cell: &str| {
        let rule = cell.trim();
        let dashes = rule.strip_prefix(':').unwrap_or(rule);
        let dashes = dashes.strip_suffix(':').unwrap_or(dashes);
        !dashes.is_empty() && dashes.bytes().all(|byte| byte == b'-')
    };
    let below = split(below);
    head.contains('|') && below.iter().all(|cell| is_rule(cell)) && below.len() == split(head).len()
}

/// The cells of a row.
fn split(row: &str) -> Vec<String> {
    let row = row.trim();
    let row = row.strip_prefix('|').unwrap_or(row);
    let row = if row.ends_with("\\|") { row } else { row.strip_suffix('|').unwrap_or(row) };
    let mut cells = vec![String::new()];
    let mut is_escaped = false;
    for c in row.chars() {
        if c == '|' && !is_escaped {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            cell.push(c);
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    cells
}

fn cells(row: &str) -> String {
    split(row).iter().map(|cell| cell.trim()).collect::<Vec<_>>().join(" ")
}
