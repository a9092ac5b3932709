//! What somebody is looking for.
//!
//! ```text
//! query   = (word | "words that follow each other" | filter), parted by spaces; all of them have to be met
//! filter  = from:NAME | in:ROOM | before:DATE | after:DATE | on:DATE | has:KIND | is:pinned
//! NAME    = one word, or several in quotation marks; `me` is oneself
//! DATE    = 2026 | 2026-01 | 2026-01-31 | a moment by RFC 3339
//! KIND    = image | video | audio | file | link
//! ```
//!
//! The word that is being typed, at the very end, is found by its beginning. Several `from:` or `in:` mean any of them. What
//! is no filter is words, whatever it holds; so a query is never an error of SQL.

use super::{
    ANY, Highlight, MAX_QUERY_CHARS, NONE, PINNED,
    dates::{self, Zone},
    room_token, sender_token,
    text::{Kind, Token, tokens},
};
use crate::{MessageType, RoomId, Timestamp, UserId};

/// A word that is being typed is found by its beginning from so many characters on: those of three have an index, and for two a
/// search in a million messages took 40 ms (p95) instead of 2.
const MIN_PREFIX_CHARS: usize = 3;

const FILTERS: [&str; 7] = ["from", "in", "before", "after", "on", "has", "is"];

/// Characters of a snippet, and of those before the first find in it.
const SNIPPET_CHARS: usize = 160;
const SNIPPET_BEFORE: usize = 40;

/// What a query's words are not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// The filter or parameter that is wrong.
    pub field: &'static str,
    /// For people, in English.
    pub message: String,
}

impl QueryError {
    pub(super) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

/// What a message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    Image,
    Video,
    Audio,
    File,
    Link,
}

impl Has {
    pub(super) const ALL: [Self; 5] = [Self::Image, Self::Video, Self::Audio, Self::File, Self::Link];

    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        Self::ALL.into_iter().find(|has| has.token()[1..] == text)
    }

    pub(super) fn token(self) -> &'static str {
        match self {
            Self::Image => "_image",
            Self::Video => "_video",
            Self::Audio => "_audio",
            Self::File => "_file",
            Self::Link => "_link",
        }
    }

    pub(super) fn message_type(self) -> Option<MessageType> {
        match self {
            Self::Image => Some(MessageType::Image),
            Self::Video => Some(MessageType::Video),
            Self::Audio => Some(MessageType::Audio),
            Self::File => Some(MessageType::File),
            Self::Link => None,
        }
    }
}

/// Tokens that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    tokens: Vec<String>,
    /// The last one is the beginning of what is found.
    is_prefix: bool,
    /// That beginning is one character of a script without spaces.
    is_char: bool,
}

/// A query that was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    terms: Vec<Term>,
    /// Names of people; any of them.
    pub from: Vec<String>,
    /// Names of rooms; any of them.
    pub rooms: Vec<String>,
    /// All of them.
    pub has: Vec<Has>,
    pub is_pinned: bool,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before, exclusive.
    pub until: Option<Timestamp>,
}

impl Query {
    pub fn parse(text: &str, zone: &Zone) -> Result<Self, QueryError> {
        if text.chars().count() > MAX_QUERY_CHARS {
            return Err(QueryError::new("query", format!("at most {MAX_QUERY_CHARS} characters")));
        }
        let mut query = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let chunk = if rest.starts_with('"') { quoted(rest) } else { word(rest) };
            rest = &rest[chunk.len()..];
            let is_last = rest.is_empty();
            rest = rest.trim_start();
            match filter(chunk) {
                Some((name, value)) => query.narrow(name, value, zone)?,
                None => query.look_for(chunk, is_last && !chunk.starts_with('"')),
            }
        }
        Ok(query)
    }

    /// Nothing is asked, so nothing is found.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn look_for(&mut self, chunk: &str, is_typed: bool) {
        let mut found = tokens(chunk);
        let (mut is_prefix, mut is_char) = (false, false);
        match found.last().map(|token| token.kind) {
            // The pair before it stands for it wherever the run goes on.
            Some(Kind::Last { is_run: true }) => drop(found.pop()),
            Some(Kind::Last { is_run: false }) => (is_prefix, is_char) = (true, true),
            Some(Kind::Word) => {
                is_prefix = is_typed
                    && found.last().is_some_and(|token| {
                        token.range.end == chunk.len() && token.text.chars().count() >= MIN_PREFIX_CHARS
                    });
            }
            Some(Kind::Emoji | Kind::Pair { .. }) | None => {}
        }
        let tokens: Vec<String> = found.into_iter().map(|token| token.text).collect();
        if !tokens.is_empty() {
            self.terms.push(Term { tokens, is_prefix, is_char });
        }
    }

    /// Takes one more filter, from a query or as a parameter.
    pub fn narrow(&mut self, name: &str, value: &str, zone: &Zone) -> Result<(), QueryError> {
        let date = |field| {
            dates::span(value, zone).ok_or_else(|| {
                QueryError::new(field, format!("{field}: takes a date such as 2026-01-31, 2026-01 or 2026"))
            })
        };
        match name {
            "from" if value.is_empty() => Err(QueryError::new("from", "from: takes a person's name")),
            "from" => {
                self.from.push(value.trim_start_matches('@').to_owned());
                Ok(())
            }
            "in" if value.is_empty() => Err(QueryError::new("in", "in: takes a room's name")),
            "in" => {
                self.rooms.push(value.to_owned());
                Ok(())
            }
            "before" => {
                self.end(date("before")?.start);
                Ok(())
            }
            "after" => {
                self.start(date("after")?.end);
                Ok(())
            }
            "on" => {
                let span = date("on")?;
                self.start(span.start);
                self.end(span.end);
                Ok(())
            }
            "has" => {
                let has = Has::parse(value)
                    .ok_or_else(|| QueryError::new("has", "has: takes image, video, audio, file or link"))?;
                self.has.push(has);
                Ok(())
            }
            _ if value.eq_ignore_ascii_case("pinned") => {
                self.is_pinned = true;
                Ok(())
            }
            _ => Err(QueryError::new("is", "is: takes pinned")),
        }
    }

    fn start(&mut self, at: Timestamp) {
        self.since = Some(self.since.map_or(at, |since| since.max(at)));
    }

    fn end(&mut self, at: Timestamp) {
        self.until = Some(self.until.map_or(at, |until| until.min(at)));
    }

    /// For FTS5's MATCH. `None` for rooms or senders is any of them; an empty list finds nothing.
    pub fn expression(&self, rooms: Option<&[RoomId]>, senders: Option<&[UserId]>) -> String {
        let mut parts: Vec<String> = self
            .terms
            .iter()
            .map(|term| format!("\"{}\"{}", term.tokens.join(" "), if term.is_prefix { " *" } else { "" }))
            .collect();
        parts.extend(self.has.iter().map(|has| has.token().to_owned()));
        parts.extend(self.is_pinned.then(|| PINNED.to_owned()));
        let any = |tokens: Vec<String>| {
            if tokens.is_empty() { NONE.to_owned() } else { format!("({})", tokens.join(" OR ")) }
        };
        parts.extend(senders.map(|senders| any(senders.iter().copied().map(sender_token).collect())));
        parts.extend(rooms.map(|rooms| any(rooms.iter().copied().map(room_token).collect())));
        if parts.is_empty() { ANY.to_owned() } else { parts.join(" AND ") }
    }

    /// Bytes of a text that the words of the query found, rising and apart from each other.
    fn finds(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        let found = tokens(text);
        let mut ranges = Vec::new();
        for term in &self.terms {
            for window in found.windows(term.tokens.len()) {
                if is_met(term, window) {
                    let (first, last) = (&window[0], &window[window.len() - 1]);
                    let end = match last.kind {
                        Kind::Pair { second } if term.is_char => second,
                        _ => last.range.end,
                    };
                    ranges.push(first.range.start..end);
                }
            }
        }
        ranges.sort_by_key(|range| (range.start, range.end));
        let mut apart: Vec<std::ops::Range<usize>> = Vec::new();
        for range in ranges {
            match apart.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => apart.push(range),
            }
        }
        apart
    }

    /// Parts of a text that the words of the query found.
    pub fn highlights(&self, text: &str) -> Vec<Highlight> {
        self.finds(text).into_iter().map(|range| highlight(text, range, 0)).collect()
    }

    /// A line of a text around what was found first, and what was found in it.
    pub fn snippet(&self, text: &str) -> (String, Vec<Highlight>) {
        let finds = self.finds(text);
        let first = finds.first().map_or(0, |range| range.start);
        let from = if text.chars().count() <= SNIPPET_CHARS {
            0
        } else {
            text[..first].char_indices().rev().nth(SNIPPET_BEFORE - 1).map_or(0, |(at, _)| at)
        };
        let to = text[from..].char_indices().nth(SNIPPET_CHARS).map_or(text.len(), |(at, _)| from + at);
        let mut line = String::new();
        if from > 0 {
            line.push('…');
        }
        let before = line.encode_utf16().count();
        // One for one, so that places stay.
        line.extend(text[from..to].chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c }));
        if to < text.len() {
            line.push('…');
        }
        let shown = finds.into_iter().filter(|range| range.start < to).map(|range| {
            let range = range.start - from..range.end.min(to) - from;
            highlight(&text[from..to], range, before)
        });
        let shown = shown.collect();
        (line, shown)
    }
}

/// A char of white space or control is as long in UTF-16 as the space that stands for it.
fn highlight(text: &str, range: std::ops::Range<usize>, before: usize) -> Highlight {
    let start = before + text[..range.start].encode_utf16().count();
    let length = text[range].encode_utf16().count();
    Highlight { start: start as u32, end: (start + length) as u32 }
}

fn is_met(term: &Term, window: &[Token]) -> bool {
    let last = term.tokens.len() - 1;
    term.tokens.iter().zip(window).enumerate().all(|(at, (token, found))| {
        if at == last && term.is_prefix { found.text.starts_with(token.as_str()) } else { found.text == *token }
    })
}

/// Up to the closing mark and with it, or all.
fn quoted(text: &str) -> &str {
    text[1..].find('"').map_or(text, |length| &text[..length + 2])
}

/// Up to white space, but for that within the quotation marks of a filter's value.
fn word(text: &str) -> &str {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    if let Some(quote) = text[..end].find(":\"")
        && filter_name(&text[..quote]).is_some()
    {
        let start = quote + 1;
        return &text[..start + quoted(&text[start..]).len()];
    }
    &text[..end]
}

fn filter_name(name: &str) -> Option<&'static str> {
    FILTERS.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

/// Name, as it is written in this file, and value without quotation marks.
fn filter(chunk: &str) -> Option<(&'static str, &str)> {
    let (name, value) = chunk.split_once(':')?;
    Some((filter_name(name)?, value.trim_matches('"').trim()))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn parse(text: &str) -> Query {
        Query::parse(text, &Zone::utc()).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn expression(text: &str) -> String {
        parse(text).expression(None, None)
    }

    #[test]
    fn words_phrases_and_the_beginning_of_the_last_word() {
        for (text, want) in [
            ("hola juan", "\"hola\" AND \"juan\" *"),
            ("hola juan ", "\"hola\" AND \"juan\""),
            ("man\u{303}", "\"man\" *"),
            ("hola ju", "\"hola\" AND \"ju\""),
            ("  Año\tNUEVO ", "\"ano\" AND \"nuevo\""),
            ("\"buenos días\"", "\"buenos dias\""),
            ("\"buenos dí", "\"buenos di\""),
            ("user.name", "\"user name\" *"),
            ("hola!", "\"hola\""),
            ("你好", "\"你好\""),
            ("你好世界 hola ", "\"你好 好世 世界\" AND \"hola\""),
            ("你 hola ", "\"你\" * AND \"hola\""),
            ("https://a.example/b ", "\"https a example b\""),
            ("is it on: time? ", "_m"),
        ] {
            if text.contains("on:") {
                assert_eq!(Query::parse(text, &Zone::utc()).unwrap_err().field, "on");
            } else {
                assert_eq!(expression(text), want, "{text}");
            }
        }
    }

    #[test]
    fn what_is_written_as_fts_is_words() {
        for text in
            ["a AND b OR NOT c ", "NEAR(a b) ", "text:a ", "^a {b} + -c ", "a* ", "\"\" \"", "_pinned ", "'; DROP "]
        {
            let expression = expression(text);
            let words = expression.replace("\" AND \"", " ").replace("\" * AND \"", " ");
            assert!(
                words == ANY
                    || words.trim_matches(['"', '*', ' ']).chars().all(|c| c.is_ascii_alphanumeric() || c == ' '),
                "{text}: {expression}"
            );
        }
        assert!(parse("").is_empty() && parse(" \" \" !? ").is_empty());
    }

    #[test]
    fn filters_say_where_and_when() {
        let query = parse(
            "from:@ana FROM:\"Juan Pérez\" in:Fútbol has:link has:IMAGE is:pinned after:2026-01-31 before:2026-03 gol ",
        );
        assert_eq!(query.from, ["ana", "Juan Pérez"]);
        assert_eq!(query.rooms, ["Fútbol"]);
        assert_eq!(query.has, [Has::Link, Has::Image]);
        let told = |at: Option<Timestamp>| at.map(|at| at.to_string());
        assert_eq!(told(query.since).as_deref(), Some("2026-02-01T00:00:00.000Z"));
        assert_eq!(told(query.until).as_deref(), Some("2026-03-01T00:00:00.000Z"));
        let (room, ana) = (Uuid::from_u128(7).into(), Uuid::from_u128(8).into());
        assert_eq!(
            query.expression(Some(&[room]), Some(&[ana])),
            "\"gol\" AND _link AND _image AND _pinned AND (_s00000000000000000000000000000008) \
             AND (_r00000000000000000000000000000007)"
        );
        assert_eq!(parse("on:2026-01-31").expression(Some(&[]), None), "_none");
        let narrow = parse("after:2025 on:2026-05 before:2026-05-10");
        assert_eq!(told(narrow.since).as_deref(), Some("2026-05-01T00:00:00.000Z"));
        assert_eq!(told(narrow.until).as_deref(), Some("2026-05-10T00:00:00.000Z"));
    }

    #[test]
    fn a_bad_filter_says_which_and_what_it_takes() {
        for (text, field) in [
            ("from:", "from"),
            ("in:\"\"", "in"),
            ("before:soon", "before"),
            ("after:2026-02-30", "after"),
            ("on:", "on"),
            ("has:sound", "has"),
            ("is:unread", "is"),
        ] {
            let error = Query::parse(text, &Zone::utc()).unwrap_err();
            assert_eq!(error.field, field, "{text}");
            assert!(error.message.starts_with(&format!("{field}: takes ")), "{}", error.message);
        }
        let long = "x".repeat(MAX_QUERY_CHARS + 1);
        assert_eq!(Query::parse(&long, &Zone::utc()).unwrap_err().field, "query");
        // Words with a colon are words.
        assert_eq!(expression("note:this http://a "), "\"note this\" AND \"http a\"");
    }

    fn marked(query: &str, text: &str) -> String {
        let units: Vec<u16> = text.encode_utf16().collect();
        let finds = parse(query).highlights(text);
        let told = finds.iter().map(|find| String::from_utf16(&units[find.start as usize..find.end as usize]).unwrap());
        told.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn highlights_are_what_was_found_as_it_was_written() {
        assert_eq!(marked("manana ", "👍 ¡Mañana! y MAN\u{303}ANA"), "Mañana|MAN\u{303}ANA");
        assert_eq!(marked("mañ", "mañana, un mañoso"), "mañana|mañoso");
        assert_eq!(marked("\"buenos días\"", "buenos  DIAS a todos, buenos"), "buenos  DIAS");
        assert_eq!(marked("你好世", "他说你好世界"), "你好世");
        assert_eq!(marked("好", "你好世界,好"), "好|好");
        assert_eq!(marked("from:ana", "ana"), "");
    }

    #[test]
    fn a_snippet_is_a_line_around_the_first_find() {
        let (line, finds) = parse("gol ").snippet("¡gol\nde lucía!");
        assert_eq!((line.as_str(), finds.as_slice()), ("¡gol de lucía!", [Highlight { start: 1, end: 4 }].as_slice()));
        let long = format!("{}gol{}", "👍 palabra ".repeat(40), " fin".repeat(100));
        let (line, finds) = parse("gol ").snippet(&long);
        let units: Vec<u16> = line.encode_utf16().collect();
        assert_eq!(String::from_utf16(&units[finds[0].start as usize..finds[0].end as usize]).unwrap(), "gol");
        assert!(line.starts_with('…') && line.ends_with('…') && line.chars().count() == SNIPPET_CHARS + 2);
        assert_eq!(parse("has:link").snippet("").0, "");
    }
}
