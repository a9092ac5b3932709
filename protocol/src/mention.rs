//! Who a text calls by name: `@user`, and `@room` for everyone. One function for the server, which counts, and for clients, which
//! notify.
//!
//! A name stands at the start of a word and is the whole word, case and accents aside. What is code (between backticks) or an
//! address (`https://…`, `mail@…`) calls nobody.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::limits;

/// What calls everyone in the room; it has to be allowed ([`crate::permission::Action::MentionRoom`]).
pub const ROOM: &str = "room";

/// Who is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// User names, folded, each once.
    pub names: Vec<String>,
    /// Everyone in the room.
    pub room: bool,
}

impl Mentions {
    /// Those in a text.
    pub fn of(content: &str) -> Self {
        let chars: Vec<char> = content.chars().collect();
        let mut mentions = Self::default();
        let mut at = 0;
        while let Some(c) = chars.get(at) {
            let starts_word = at == 0 || !is_word(chars[at - 1]);
            at = match c {
                '`' => behind_code(&chars, at),
                '@' if starts_word => {
                    let end =
                        chars[at + 1..].iter().position(|c| !is_word(*c)).map_or(chars.len(), |length| at + 1 + length);
                    mentions.add(&chars[at + 1..end]);
                    end
                }
                c if c.is_ascii_alphabetic() && starts_word => behind_address(&chars, at).unwrap_or(at + 1),
                _ => at + 1,
            };
        }
        mentions
    }

    fn add(&mut self, word: &[char]) {
        let word: String = word.iter().collect();
        // A full stop ends a sentence as often as it belongs to a name.
        let name = fold(word.trim_end_matches(['.', '-']));
        if name == ROOM {
            self.room = true;
        }
        if limits::is_username(&name) && !self.names.contains(&name) {
            self.names.push(name);
        }
    }

    /// Whether this person is called, by name or with everyone where the sender may do that.
    pub fn call(&self, username: &str, may_mention_room: bool) -> bool {
        (self.room && may_mention_room) || self.names.contains(&fold(username))
    }
}

/// A text without case and without marks on its letters.
pub fn fold(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// Whether it belongs to a word, as far as names go.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '.' | '_' | '-' | '@')
}

/// Behind a span of code; behind the backticks alone where nothing closes it.
fn behind_code(chars: &[char], start: usize) -> usize {
    let ticks = |at: usize| chars[at..].iter().take_while(|c| **c == '`').count();
    let opening = ticks(start);
    let mut at = start + opening;
    while at < chars.len() {
        match ticks(at) {
            0 => at += 1,
            closing if closing == opening => return at + closing,
            other => at += other,
        }
    }
    start + opening
}

/// Behind an address with a scheme that starts here.
fn behind_address(chars: &[char], start: usize) -> Option<usize> {
    let is_scheme = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let colon = start + chars[start..].iter().take_while(|c| is_scheme(c)).count();
    let rest: String = chars[colon..].iter().take(3).collect();
    if rest != "://" {
        return None;
    }
    Some(chars[colon..].iter().position(|c| c.is_whitespace()).map_or(chars.len(), |length| colon + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_is_the_whole_word_case_and_accents_aside() {
        for (content, want) in [
            ("@ana look", true),
            ("hola @Ana!", true),
            ("¡@ÁNA, ven!", true),
            ("@a\u{301}na", true),
            ("see you, @ana.", true),
            ("(@ana)", true),
            ("¿@ana?", true),
            ("你好@ana", false),
            ("@ana.maria", false),
            ("@anabel", false),
            ("@anaé", false),
            ("mail@ana", false),
            ("a.@ana", false),
            ("@@ana", false),
            ("ana", false),
            ("`@ana`", false),
            ("``a ` @ana``", false),
            ("```\n@ana\n```", false),
            ("` @ana", true),
            ("`x` @ana `y`", true),
            ("https://example.org/@ana", false),
            ("https://example.org/x @ana", true),
            ("see:@ana", true),
            ("@room", false),
        ] {
            assert_eq!(Mentions::of(content).call("Ana", false), want, "{content}");
        }
    }

    #[test]
    fn everyone_is_called_by_those_who_may() {
        let mentions = Mentions::of("@Room, a comer");
        assert!(mentions.room && mentions.call("ana", true) && !mentions.call("ana", false));
        assert!(!Mentions::of("@roommate `@room`").room);
        assert_eq!(Mentions::of("@ana, ask @juan.perez, @ana and @x").names, ["ana", "juan.perez"]);
    }
}
