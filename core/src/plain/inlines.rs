//! Marks within lines: spoilers, code, links, emphasis and what is struck. Linear in the length of the text, whatever it holds.

use super::HIDDEN;

/// Longer addresses nobody reads; and more marks that are still to be closed nobody writes. Both bound the work.
const MOST_ADDRESS: usize = 2_048;
const MOST_OPEN: usize = 16;

/// Text, or signs that may turn out to be marks.
enum Piece {
    Text(String),
    /// So many of a sign, and whether what is emphasised may begin or end there.
    Signs {
        sign: char,
        count: usize,
        may_open: bool,
        may_close: bool,
    },
}

struct Reader {
    chars: Vec<char>,
    pieces: Vec<Piece>,
    /// Behind here no spoiler ends, and nothing that is struck; and no run of so many backticks stands.
    no_spoiler: bool,
    no_struck: bool,
    no_code: Vec<usize>,
    /// What closes the bracket that opens at a place.
    closing: Vec<Option<usize>>,
    /// The end of the link's text that is read, and of its address; and of what is struck. Neither stands within its like.
    link_end: Option<(usize, usize)>,
    struck_end: Option<usize>,
}

pub(super) fn text(words: &str) -> String {
    let chars: Vec<char> = words.chars().collect();
    let closing = brackets(&chars);
    let mut reader = Reader {
        chars,
        pieces: Vec::new(),
        no_spoiler: false,
        no_struck: false,
        no_code: Vec::new(),
        closing,
        link_end: None,
        struck_end: None,
    };
    reader.read();
    emphasise(&mut reader.pieces);
    reader
        .pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Signs { sign, count, .. } => sign.to_string().repeat(*count),
        })
        .collect()
}

/// For each bracket that opens, the one that closes it.
fn brackets(chars: &[char]) -> Vec<Option<usize>> {
    let mut closing = vec![None; chars.len()];
    let mut open = Vec::new();
    let mut is_escaped = false;
    for (at, c) in chars.iter().enumerate() {
        match c {
            '[' if !is_escaped => open.push(at),
            ']' if !is_escaped => {
                if let Some(opened) = open.pop() {
                    closing[opened] = Some(at);
                }
            }
            _ => {}
        }
        is_escaped = *c == '\\' && !is_escaped;
    }
    closing
}

impl Reader {
    fn read(&mut self) {
        let mut at = 0;
        while at < self.chars.len() {
            // What is hidden or code may have reached over an end.
            if let Some((end, behind)) = self.link_end.take_if(|(end, _)| *end <= at) {
                at = if end == at { behind } else { at };
            } else if let Some(end) = self.struck_end.take_if(|end| *end <= at) {
                at = if end == at { at + 2 } else { at };
            } else {
                at = self.step(at);
            }
        }
    }

    /// Where what is around a place ends.
    fn end(&self) -> usize {
        let end = self.link_end.map_or(self.chars.len(), |(end, _)| end);
        self.struck_end.map_or(end, |struck| end.min(struck))
    }

    fn get(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    fn run(&self, at: usize) -> usize {
        self.chars[at..].iter().take_while(|c| **c == self.chars[at]).count()
    }

    fn put(&mut self, text: impl IntoIterator<Item = char>) {
        if let Some(Piece::Text(last)) = self.pieces.last_mut() {
            last.extend(text);
        } else {
            self.pieces.push(Piece::Text(text.into_iter().collect()));
        }
    }

    /// Takes what stands at a place; answers where it ends.
    fn step(&mut self, at: usize) -> usize {
        let c = self.chars[at];
        match c {
            '|' => {
                if let Some(behind) = self.spoiler(at) {
                    self.put(HIDDEN.chars());
                    return behind;
                }
            }
            '\\' if self.get(at + 1).is_some_and(|next| next.is_ascii_punctuation()) => {
                self.put(self.get(at + 1));
                return at + 2;
            }
            '\\' if self.get(at + 1) == Some('\n') => return at + 1,
            '`' => return self.code(at),
            '[' => {
                if let Some((end, behind)) = self.link(at) {
                    self.link_end = Some((end, behind));
                    return at + 1;
                }
            }
            '~' => {
                if let Some(end) = self.struck(at) {
                    self.struck_end = Some(end);
                    return at + 2;
                }
            }
            '*' | '_' => return self.signs(at),
            'h' | 'm' | 'r' | 'H' | 'M' | 'R' => {
                if let Some(behind) = self.address(at) {
                    let address: Vec<char> = self.chars[at..behind].to_vec();
                    self.put(address);
                    return behind;
                }
            }
            _ => {}
        }
        self.put([c]);
        at + 1
    }

    /// Behind a pair of signs around something that begins and ends with a word, of which the first is at a place.
    fn around(&self, at: usize, sign: char, end: usize) -> Option<usize> {
        let is_pair = |at: usize| self.get(at) == Some(sign) && self.get(at + 1) == Some(sign);
        let is_word = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace() && c != sign);
        if !is_pair(at) || !is_word(self.get(at + 2)) {
            return None;
        }
        (at + 3..end).find(|end| is_pair(*end) && is_word(self.get(end - 1)) && self.get(end + 2) != Some(sign))
    }

    fn spoiler(&mut self, at: usize) -> Option<usize> {
        if self.no_spoiler {
            return None;
        }
        let begins = self.get(at + 1) == Some('|') && self.get(at + 2).is_some_and(|c| !c.is_whitespace() && c != '|');
        let end = self.around(at, '|', self.chars.len());
        self.no_spoiler = begins && end.is_none();
        end.map(|end| end + 2)
    }

    /// Where what is struck from a place on ends.
    fn struck(&mut self, at: usize) -> Option<usize> {
        if self.no_struck || self.struck_end.is_some() {
            return None;
        }
        let begins = self.get(at + 1) == Some('~') && self.get(at + 2).is_some_and(|c| !c.is_whitespace() && c != '~');
        let end = self.around(at, '~', self.end());
        self.no_struck = begins && end.is_none() && self.link_end.is_none();
        end
    }

    fn code(&mut self, at: usize) -> usize {
        let length = self.run(at);
        let from = at + length;
        let mut end = from;
        while !self.no_code.contains(&length) && end < self.chars.len() {
            if self.chars[end] != '`' {
                end += 1;
                continue;
            }
            let found = self.run(end);
            if found == length {
                let code: Vec<char> = self.chars[from..end].to_vec();
                self.put(code);
                return end + length;
            }
            end += found;
        }
        self.no_code.push(length);
        self.put(std::iter::repeat_n('`', length));
        from
    }

    /// Where the text of a link ends that begins at a place, and where the link does.
    fn link(&self, at: usize) -> Option<(usize, usize)> {
        let end = self.closing[at].filter(|end| self.get(end + 1) == Some('('))?;
        // A picture is shown as it was typed, and so is a link within a link.
        let is_other = (at > 0 && self.chars[at - 1] == '!') || self.link_end.is_some();
        if is_other || end >= self.end() || !self.is_address(end + 2) {
            return None;
        }
        let mut depth = 0;
        for behind in end + 1..self.chars.len().min(end + MOST_ADDRESS) {
            match self.chars[behind] {
                '(' => depth += 1,
                ')' => depth -= 1,
                '\n' => return None,
                _ => {}
            }
            if depth == 0 {
                return Some((end, behind + 1));
            }
        }
        None
    }

    fn is_address(&self, at: usize) -> bool {
        ["https://", "http://", "mailto:", "recado://room/"].iter().any(|scheme| {
            let said = self.chars[at..].iter().take(scheme.len());
            said.map(char::to_ascii_lowercase).eq(scheme.chars())
        })
    }

    /// Behind an address that stands in the text: what is in it is no mark.
    fn address(&self, at: usize) -> Option<usize> {
        let starts = at == 0 || !(self.chars[at - 1].is_alphanumeric() || self.chars[at - 1] == '_');
        if !starts || !self.is_address(at) {
            return None;
        }
        let length = self.chars[at..self.end()].iter().take_while(|c| !c.is_whitespace() && **c != '|').count();
        Some(at + length)
    }

    fn signs(&mut self, at: usize) -> usize {
        let sign = self.chars[at];
        let count = self.run(at);
        let before = at.checked_sub(1).and_then(|before| self.get(before));
        let after = self.get(at + count);
        let is_space = |c: Option<char>| c.is_none_or(char::is_whitespace);
        let is_sign = |c: Option<char>| c.is_some_and(|c| !c.is_alphanumeric() && !c.is_whitespace());
        // As CommonMark 0.31 has it, section 6.2.
        let left = !is_space(after) && (!is_sign(after) || is_space(before) || is_sign(before));
        let right = !is_space(before) && (!is_sign(before) || is_space(after) || is_sign(after));
        let (may_open, may_close) = match sign {
            '_' => (left && (!right || is_sign(before)), right && (!left || is_sign(after))),
            _ => (left, right),
        };
        self.pieces.push(Piece::Signs { sign, count, may_open, may_close });
        at + count
    }
}

/// Takes the signs away that are marks: those that stand around something.
fn emphasise(pieces: &mut [Piece]) {
    // Places of what may still be closed, by sign; what is between two that belong together cannot.
    let mut open: Vec<usize> = Vec::new();
    for at in 0..pieces.len() {
        let Piece::Signs { sign, may_open, may_close, .. } = pieces[at] else { continue };
        if may_close {
            while let Some(found) = open.iter().rposition(|opened| belong(&pieces[*opened], &pieces[at])) {
                open.truncate(found + 1);
                let most = count(&pieces[open[found]]).min(count(&pieces[at])).min(2);
                take(&mut pieces[open[found]], most);
                take(&mut pieces[at], most);
                if count(&pieces[open[found]]) == 0 {
                    open.pop();
                }
                if count(&pieces[at]) == 0 {
                    break;
                }
            }
        }
        if may_open && count(&pieces[at]) > 0 {
            // Of one sign, more than these nobody nests; the rest is text.
            if open
                .iter()
                .filter(|opened| matches!(pieces[**opened], Piece::Signs { sign: s, .. } if s == sign))
                .count()
                < MOST_OPEN
            {
                open.push(at);
            }
        }
    }
}

fn count(piece: &Piece) -> usize {
    match piece {
        Piece::Signs { count, .. } => *count,
        Piece::Text(_) => 0,
    }
}

fn take(piece: &mut Piece, most: usize) {
    if let Piece::Signs { count, .. } = piece {
        *count -= most;
    }
}

/// Whether two runs of signs stand around something together; their lengths as in the rule of three of CommonMark 0.31.
fn belong(opened: &Piece, closed: &Piece) -> bool {
    let (
        Piece::Signs { sign: first, count: many, may_close: closes, .. },
        Piece::Signs { sign: second, count: others, may_open: opens, .. },
    ) = (opened, closed)
    else {
        return false;
    };
    let is_both = *closes || *opens;
    first == second && !(is_both && (many + others) % 3 == 0 && !(many % 3 == 0 && others % 3 == 0))
}
