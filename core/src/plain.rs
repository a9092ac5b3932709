//! What a message says as plain text: without the marks of its formatting, and without what it hides. For the list, notifications,
//! quotes, pins and what a search finds; the window draws the formatting itself (`ui/src/features/markup/parse.ts`).
//!
//! It follows what the window draws, but where the two could differ it errs towards hiding: a spoiler is looked for over any
//! marks but code, so that nothing is told here before one wants to know it. Decided against a parser of CommonMark: most of that is
//! no formatting in a chat (headings, pictures, HTML), and what is, spoilers, none of them knows.

mod blocks;
mod inlines;

/// Characters of a preview.
const PREVIEW_CHARS: usize = 160;

/// Stands for what is hidden, however long that is.
const HIDDEN: &str = "▒▒▒▒";

/// The words of a message, on one line.
pub(crate) fn text(content: &str) -> String {
    if is_marked(content) { words(&blocks::text(content)) } else { words(content) }
}

/// The words of a message on one line, cut where that is long. Whoever cuts the content first cuts the end of what is hidden away.
pub(crate) fn preview(content: &str) -> String {
    let line = text(content);
    match line.char_indices().nth(PREVIEW_CHARS) {
        Some(_) => line.chars().take(PREVIEW_CHARS - 1).chain(['…']).collect(),
        None => line,
    }
}

/// A text on one line, with one space between words.
pub(crate) fn words(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Without any of these a text is only text; a list begins with a sign that stands for itself elsewhere.
fn is_marked(content: &str) -> bool {
    content.contains(['*', '_', '`', '~', '|', '>', '[', ']', '\\'])
        || content.lines().any(|line| blocks::behind_bullet(line).is_some())
}

#[cfg(test)]
mod tests;
