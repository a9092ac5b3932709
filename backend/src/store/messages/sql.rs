//! Statements that post one message or several in one round trip to the database. SQLite is in another thread: going there
//! and back costs more than what is done there. Parameters are `$1`, not `?1`: of those, SQLite counts the ones that a statement
//! leaves out too, and sqlx would bind others in their place.

use std::sync::LazyLock;

/// How many can be posted at once; more are posted in parts. Few sizes, because each keeps statements prepared.
const SIZES: [usize; 4] = [64, 16, 4, 1];

/// Parameters: 1 the author, 2 the room, 3 the `client_id`.
const HEAD: &str = "\
    SELECT # AS number, (SELECT m.id FROM messages m WHERE m.sender = u.id AND m.client_id = $3) AS known, \
    r.chat_type, r.rev, r.last_seq, r.last_at, p.role, u.username, u.display_name, u.rev AS user_rev, u.id AS user_id, \
    COALESCE(r.chat_type = 'private' AND EXISTS \
    (SELECT 1 FROM participants h WHERE h.room = r.id AND h.is_hidden = 1), 0) AS is_hidden, \
    EXISTS (SELECT 1 FROM participants a WHERE a.room = r.id AND a.is_archived = 1) AS is_archived \
    FROM users u LEFT JOIN rooms r ON r.id = $2 AND r.deleted_at IS NULL \
    LEFT JOIN participants p ON p.room = r.id AND p.user = u.id WHERE u.id = $1";
const HEAD_PARAMETERS: usize = 3;

macro_rules! insert {
    ($rest:literal) => {
        concat!(
            "UPDATE rooms SET rev = $2, last_seq = $3, last_at = $4, changed_at = $5 WHERE id = $1; ",
            "INSERT INTO messages (id, room, seq, rev, created_rev, sender, content, message_type, reply_to, client_id, ",
            "is_recovered, system, mentions_room, created_at, updated_at) ",
            "VALUES ($6, $1, $3, $2, $2, $7, $8, $9, $10, $11, $12, $13, $14, $4, $4)",
            $rest
        )
    };
}

/// Moves the room's head and writes the message. Parameters: 1 room, 2 `rev`, 3 `seq`, 4 its time, 5 now, 6 id, 7 author,
/// 8 content, 9 type, 10 what it answers, 11 `client_id`, 12 whether it is recovered, 13 the event's JSON, 14 whether it calls
/// everyone.
pub(super) const INSERT: &str = insert!("");

/// Also reads the room up to there for its author, into whose sight the room comes.
const POST: &str = insert!(
    "; UPDATE users SET me_rev = me_rev + 1, me_changed_at = $5 WHERE id = $7; \
     UPDATE participants SET last_read_seq = $3, read_at = $4, is_archived = 0, \
     me_rev = (SELECT u.me_rev FROM users u WHERE u.id = $7) WHERE room = $1 AND user = $7 RETURNING me_rev, \
     is_favourite, notifications, muted_until, nickname, bubble_colour, background, is_archived"
);
const POST_PARAMETERS: usize = 14;

static HEADS: LazyLock<[String; SIZES.len()]> = LazyLock::new(|| SIZES.map(|size| times(HEAD, HEAD_PARAMETERS, size)));
static POSTS: LazyLock<[String; SIZES.len()]> = LazyLock::new(|| SIZES.map(|size| times(POST, POST_PARAMETERS, size)));

/// The largest size that is no more than that.
pub(super) fn at_most(count: usize) -> usize {
    SIZES.into_iter().find(|size| *size <= count).unwrap_or(1)
}

/// A row for each author there is, with its number; `count` is one of the sizes.
pub(super) fn heads(count: usize) -> &'static str {
    &HEADS[place(count)]
}

/// A row for each message, in order; `count` is one of the sizes.
pub(super) fn posts(count: usize) -> &'static str {
    &POSTS[place(count)]
}

fn place(count: usize) -> usize {
    SIZES.iter().position(|size| *size == count).unwrap_or(SIZES.len() - 1)
}

/// The statements so many times, each time with parameters of their own, and `#` as the time's number.
fn times(statements: &str, parameters: usize, count: usize) -> String {
    let time = |time: usize| {
        let mut pieces = statements.split('$');
        let mut text = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (number, rest) = piece.split_at(piece.bytes().take_while(u8::is_ascii_digit).count());
            let number = number.parse::<usize>().map_or(0, |number| number + time * parameters);
            text = text + "$" + &number.to_string() + rest;
        }
        text.replace('#', &time.to_string())
    };
    (0..count).map(time).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_repeat_with_parameters_of_their_own() {
        assert_eq!(times("A # $1 $12", 12, 2), "A 0 $1 $12; A 1 $13 $24");
    }

    #[test]
    fn sizes_are_the_largest_that_fit() {
        let sizes: Vec<_> = [1, 3, 4, 15, 16, 63, 64, 100].map(at_most).into();
        assert_eq!(sizes, [1, 1, 4, 4, 16, 16, 64, 64]);
    }
}
