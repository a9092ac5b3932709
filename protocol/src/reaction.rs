//! Reactions: any single emoji, or one of the names that the first version had.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::UserId;

/// The first version's names, stored as given and shown as their emoji.
pub const NAMED: [(&str, &str); 8] = [
    ("like", "👍"),
    ("love", "❤️"),
    ("laugh", "😂"),
    ("wow", "😮"),
    ("sad", "😢"),
    ("angry", "😠"),
    ("fire", "🔥"),
    ("golazo", "⚽"),
];

/// Who reacted with one emoji, in the order in which they did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Reaction {
    pub reaction_type: String,
    pub user_ids: Vec<UserId>,
}

/// Whether a reaction type may be stored: a known name or what can pass for a single emoji.
///
/// Without a table of all emoji the test is by structure: 1 to 16 code points (the longest family sequences have 10), the
/// first one from a block that holds emoji or a keycap base, the others joiners, selectors, modifiers, tags or such again.
/// It keeps out text, spaces and controls, which is what matters: a reaction is drawn inside a pill.
pub fn is_reaction_type(text: &str) -> bool {
    NAMED.iter().any(|(name, _)| *name == text) || is_emoji(text)
}

/// Whether a text can pass for a single emoji.
pub fn is_emoji(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    if chars.is_empty() || chars.len() > 16 {
        return false;
    }
    if matches!(chars[0], '0'..='9' | '#' | '*') {
        return matches!(&chars[1..], ['\u{20E3}'] | ['\u{FE0F}', '\u{20E3}']);
    }
    if chars.iter().all(|c| is_flag_letter(*c)) {
        return chars.len() == 2;
    }
    if !is_pictograph(chars[0]) {
        return false;
    }
    // One cluster: after the first pictograph only modifiers follow, and another pictograph only behind a joiner.
    let mut joined = false;
    for c in &chars[1..] {
        match *c {
            '\u{200D}' if !joined => joined = true,
            '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}' if !joined => {}
            c if joined && is_pictograph(c) => joined = false,
            _ => return false,
        }
    }
    !joined
}

fn is_flag_letter(c: char) -> bool {
    ('\u{1F1E6}'..='\u{1F1FF}').contains(&c)
}

fn is_pictograph(c: char) -> bool {
    matches!(c,
        '\u{1F300}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2300}'..='\u{23FF}' | '\u{2B00}'..='\u{2BFF}'
        | '\u{2190}'..='\u{21FF}' | '\u{25A0}'..='\u{25FF}' | '\u{2934}' | '\u{2935}' | '\u{3030}' | '\u{303D}' | '\u{3297}'
        | '\u{3299}' | '\u{1F004}' | '\u{1F0CF}' | '\u{1F170}'..='\u{1F251}' | '\u{203C}' | '\u{2049}' | '\u{2122}'
        | '\u{2139}' | '\u{A9}' | '\u{AE}')
}

/// What to draw for a reaction type.
pub fn emoji(reaction_type: &str) -> &str {
    NAMED.iter().find(|(name, _)| *name == reaction_type).map_or(reaction_type, |(_, emoji)| emoji)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_and_single_emoji_and_nothing_else() {
        for good in ["like", "golazo", "👍", "👍🏽", "❤️", "🇪🇸", "👨‍👩‍👧‍👦", "1️⃣", "⚽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☺", "🏳️‍🌈"]
        {
            assert!(is_reaction_type(good), "{good}");
        }
        for bad in
            ["", "LIKE", "dislike", "a", " ", "👍👍", "👍 ", "<b>", "1", "🇪", "🇪🇸🇪🇸", "\u{200D}", "👍\u{200D}", "é"]
        {
            assert!(!is_reaction_type(bad), "{bad:?}");
        }
    }
}
