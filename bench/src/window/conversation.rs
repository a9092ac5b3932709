//! What there is to see: people, 50 rooms in the list, and 60 messages in the one that is open. The same at every run.

pub(crate) const ROOMS: usize = 50;
pub(crate) const MESSAGES: usize = 60;

/// In every room but the open one: enough for the list's last line.
pub(crate) const MESSAGES_ELSEWHERE: usize = 3;

/// Rooms at the top that have something unread.
pub(crate) const UNREAD: usize = 4;

/// The window's owner comes first.
pub(crate) const PEOPLE: [(&str, &str); 6] = [
    ("ana", "Ana Torres"),
    ("juan", "Juan Medina"),
    ("lucia", "Lucía Ferrer"),
    ("marta", "Marta Soler"),
    ("tom", "Tom Baker"),
    ("priya", "Priya Nair"),
];

const TOPICS: [&str; 10] =
    ["Garden", "Choir", "Football", "Book club", "School run", "Trip", "Kitchen", "Works council", "Chess", "Bicycles"];
const PLACES: [&str; 5] = ["Sevilla", "Lyon", "Porto", "Leeds", "Gdańsk"];

const SENTENCES: [&str; 9] = [
    "Morning! Who has the key today?",
    "I do. I'll be there at ten, a little later if the bus is what it was yesterday.",
    "👍",
    "Could somebody bring the long table back from the hall? Two people can carry it, three are better, and the door at \
     the side is open until noon. If it rains we put it under the roof and wait; last time that was enough.",
    "Claro, lo traigo yo.",
    "Here is the list again, with what is still missing: https://example.org/list",
    "Thanks!",
    "Then we begin at eleven. Whoever comes earlier makes coffee.",
    "One question: did we settle the date of the next meeting, or only that we need one?",
];

/// The name of a room; they are told in the order in which they are made, so that the last one is on top of the list.
pub(crate) fn room_name(room: usize) -> String {
    format!("{} {}", TOPICS[room % TOPICS.len()], PLACES[room / TOPICS.len() % PLACES.len()])
}

/// How many messages a room has. The last room made is the one that is open.
pub(crate) fn messages(room: usize) -> usize {
    if room + 1 == ROOMS { MESSAGES } else { MESSAGES_ELSEWHERE }
}

/// Who (as an index into [`PEOPLE`]) says what; some say several things in a row.
pub(crate) fn message(room: usize, number: usize) -> (usize, &'static str) {
    let speaker = (number / 2 + number / 5 + room) % PEOPLE.len();
    (speaker, SENTENCES[(number * 4 + room) % SENTENCES.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_have_names_of_their_own_and_the_open_one_has_its_messages() {
        let mut names: Vec<_> = (0..ROOMS).map(room_name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), ROOMS);
        assert_eq!((messages(0), messages(ROOMS - 1)), (MESSAGES_ELSEWHERE, MESSAGES));
    }
}
