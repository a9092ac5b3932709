//! Cutting texts into what is found. Case and accents are ignored, whatever the way in which they were typed. Scripts that are
//! written without spaces (Chinese, Japanese, Korean, Thai and its neighbours) are found by any part: each character stands in
//! the index with the next one, the last of a run alone, so that a part is a phrase of such pairs, and a single character is what
//! a pair begins with. Emoji are found one by one.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

/// Longer words are cut there, in the index as in queries: nobody types the end of such a one, and it is mostly data.
const MAX_TOKEN_CHARS: usize = 48;

/// What is found as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    /// Bytes of the original.
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Emoji,
    /// Two neighbours of a script without spaces; where the second begins, in bytes of the original.
    Pair {
        second: usize,
    },
    /// The last of a run of such a script; whether others stand before it.
    Last {
        is_run: bool,
    },
}

/// A character with the marks on it.
struct Cluster {
    folded: String,
    range: Range<usize>,
    class: Class,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Unspaced,
    Emoji,
    Space,
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let clusters = clusters(text);
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while at < clusters.len() {
        let class = clusters[at].class;
        let end = at + clusters[at..].iter().take_while(|cluster| cluster.class == class).count();
        let run = &clusters[at..end];
        match class {
            Class::Space => {}
            Class::Word => {
                let word: String = run.iter().map(|cluster| cluster.folded.as_str()).collect();
                let word = word.chars().take(MAX_TOKEN_CHARS).collect();
                let range = run[0].range.start..run[run.len() - 1].range.end;
                tokens.push(Token { text: word, range, kind: Kind::Word });
            }
            Class::Emoji => tokens.extend(run.iter().map(|cluster| Token {
                text: cluster.folded.clone(),
                range: cluster.range.clone(),
                kind: Kind::Emoji,
            })),
            Class::Unspaced => {
                tokens.extend(run.windows(2).map(|pair| Token {
                    text: format!("{}{}", pair[0].folded, pair[1].folded),
                    range: pair[0].range.start..pair[1].range.end,
                    kind: Kind::Pair { second: pair[1].range.start },
                }));
                tokens.extend(run.last().map(|last| Token {
                    text: last.folded.clone(),
                    range: last.range.clone(),
                    kind: Kind::Last { is_run: run.len() > 1 },
                }));
            }
        }
        at = end;
    }
    tokens.retain(|token| !token.text.is_empty());
    tokens
}

fn clusters(text: &str) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut pending = String::new();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if extends(c)
            && let Some(last) = clusters.last_mut().filter(|last| last.class != Class::Space)
        {
            last.range.end = end;
            pending.push(c);
            last.folded = folded(&pending);
            continue;
        }
        pending.clear();
        pending.push(c);
        let class = class(c);
        let folded = if class == Class::Space { String::new() } else { folded(&pending) };
        clusters.push(Cluster { folded, range: at..end, class });
    }
    clusters
}

/// Without case, accents and ways of writing (half and full width, ligatures). Nothing is left that `ascii` would part.
fn folded(cluster: &str) -> String {
    let mut folded = String::new();
    for c in cluster.nfkd().filter(|c| !is_accent(*c) && !is_joiner(*c)).flat_map(char::to_lowercase) {
        match c {
            // Letters that are no combination for Unicode, but are for those who leave the stroke out.
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            // The stroke of a fraction is not ASCII.
            '\u{2044}' => {}
            c if is_accent(c) || (c.is_ascii() && !c.is_ascii_alphanumeric()) => {}
            c => folded.push(c),
        }
    }
    // Korean syllables and voiced kana were taken apart.
    folded.nfc().collect()
}

/// Marks that people leave out when they type: those of Latin, Greek, Cyrillic, Hebrew and Arabic. Those of other scripts are
/// vowels, and the voicing of kana makes another sound.
fn is_accent(c: char) -> bool {
    matches!(c as u32, 0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5C7 | 0x610..=0x61A | 0x640 | 0x64B..=0x65F | 0x670
        | 0x6D6..=0x6ED | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F)
}

/// What says how to draw the character before it, or a skin's colour.
fn is_joiner(c: char) -> bool {
    matches!(c as u32, 0x200B..=0x200D | 0x2060 | 0xFE00..=0xFE0F | 0x1F3FB..=0x1F3FF | 0xE0020..=0xE007F)
}

/// Whether it belongs to the character before it.
fn extends(c: char) -> bool {
    is_accent(c)
        || is_joiner(c)
        || unicode_normalization::char::is_combining_mark(c)
        // Vowels and ends of Korean syllables that are written apart, and the half-width voicing of kana.
        || matches!(c as u32, 0x1160..=0x11FF | 0xFF9E..=0xFF9F)
}

fn class(c: char) -> Class {
    match c as u32 {
        // Thai, Lao, Burmese, Khmer.
        0xE00..=0xEFF | 0x1000..=0x109F | 0x1780..=0x17FF
        // Kana, bopomofo, hangul, ideographs.
        | 0x1100..=0x11FF | 0x3005..=0x3007 | 0x3041..=0x30FA | 0x30FC..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0xA960..=0xA97F | 0xAC00..=0xD7FF | 0xF900..=0xFAFF | 0xFF66..=0xFF9D | 0xFFA0..=0xFFDC
        | 0x1AFF0..=0x1B2FF | 0x20000..=0x3FFFF
            if c.is_alphanumeric() =>
        {
            Class::Unspaced
        }
        0x2190..=0x21FF | 0x2300..=0x23FF | 0x25A0..=0x27BF | 0x2B00..=0x2BFF | 0x1F000..=0x1FAFF
            if !c.is_alphanumeric() =>
        {
            Class::Emoji
        }
        _ if c.is_alphanumeric() => Class::Word,
        _ => Class::Space,
    }
}

/// Whether a text holds an address that can be opened.
pub(super) fn has_link(text: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| {
        text.match_indices(scheme)
            .any(|(at, _)| text[at + scheme.len()..].chars().next().is_some_and(char::is_alphanumeric))
    })
}

/// Whether somebody or something is meant by a name: case and accents aside, from the beginning of a word on.
pub fn is_named(name: &str, meant: &str) -> bool {
    let line = |text: &str| tokens(text).iter().flat_map(|token| [" ", token.text.as_str()]).collect::<String>();
    let meant = line(meant);
    !meant.is_empty() && line(name).contains(&meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn case_accents_and_ways_of_typing_are_ignored() {
        for text in ["Mañana", "MAÑANA", "man\u{303}ana", "ｍａｎａｎａ", "manana"] {
            assert_eq!(words(text), ["manana"], "{text}");
        }
        assert_eq!(words("Straße, Łódź & Ærø İstanbul"), ["strasse", "lodz", "aero", "istanbul"]);
        assert_eq!(words("ΌΔΟΣ όδος"), ["οδοσ", "οδοσ"]);
        assert_eq!(words("Ёлка й"), ["елка", "и"]);
        assert_eq!(words("don't a_b user.name 3½"), ["don", "t", "a", "b", "user", "name", "312"]);
        assert_eq!(words("\u{0}\"*() -"), Vec::<String>::new());
        assert_eq!(words(&"x".repeat(500)), ["x".repeat(MAX_TOKEN_CHARS)]);
    }

    #[test]
    fn scripts_without_spaces_are_cut_into_pairs() {
        assert_eq!(words("你好世界"), ["你好", "好世", "世界", "界"]);
        assert_eq!(words("私はﾃﾞｰﾀ"), ["私は", "はデ", "デー", "ータ", "タ"]);
        assert_eq!(words("한국어"), ["한국", "국어", "어"]);
        assert_eq!(words("\u{1112}\u{1161}\u{11ab}"), ["한"]);
        assert_eq!(words("か\u{3099}き"), ["がき", "き"]);
        assert_eq!(words("OK你好v2"), ["ok", "你好", "好", "v2"]);
        assert_eq!(words("好。"), ["好"]);
        assert!(words("สวัสดี").len() > 1);
    }

    #[test]
    fn emoji_are_found_whatever_their_colour() {
        assert_eq!(words("👍🏽🔥 ❤️"), ["👍", "🔥", "❤"]);
    }

    #[test]
    fn ranges_are_those_of_the_original() {
        let text = "¡Año! 你好";
        let ranges: Vec<&str> = tokens(text).iter().map(|token| &text[token.range.clone()]).collect();
        assert_eq!(ranges, ["Año", "你好", "好"]);
        let marked = "an\u{303}o!";
        assert_eq!(&marked[tokens(marked)[0].range.clone()], "an\u{303}o");
    }

    #[test]
    fn links_are_told_from_words() {
        assert!(has_link("see https://recado.example") && has_link("(http://a)"));
        assert!(!has_link("https:// is a scheme") && !has_link("mail@a.example"));
    }

    #[test]
    fn names_are_meant_from_the_beginning_of_a_word() {
        for (name, meant) in
            [("Ana María", "ana"), ("Ana María", "maria"), ("Ana María", "ANA MAR"), ("王小明", "小明")]
        {
            assert!(is_named(name, meant), "{name} {meant}");
        }
        for (name, meant) in [("Juana", "ana"), ("Ana", ""), ("Ana", "!"), ("Ana", "ana maria")] {
            assert!(!is_named(name, meant), "{name} {meant}");
        }
    }
}
