//! What deserves a system notification: a pure function of what is known, and the notices it leads to.

use recado_protocol::{Message, MessageId, MessageType, RoomId, Seq, me::Notifications};

use crate::{plain, view::Person};

/// What is on screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    pub room: Option<RoomId>,
    pub focused: bool,
}

/// What the shell does with the system's notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    Show {
        room: RoomId,
        message: MessageId,
        seq: Seq,
        /// The room, or the person in a private one.
        title: String,
        /// One line, without marks and without what the message hides; in rooms of several the sender's name stands before it.
        body: String,
        sender: Person,
    },
    /// Read elsewhere, or deleted: a notification of that room's messages from one place to another is to be taken away.
    Withdraw { room: RoomId, from: Seq, upto: Seq },
}

/// What the policy looks at.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// Came over the open connection; false for what a sync or a page brought.
    pub is_live: bool,
    pub is_own: bool,
    pub is_deleted: bool,
    /// One does not want to hear from its sender.
    pub is_blocked: bool,
    pub message_type: MessageType,
    pub seq: Seq,
    pub last_read_seq: Seq,
    /// One's own level for the room.
    pub notifications: Notifications,
    /// The room's `muted_until` is still to come.
    pub is_paused: bool,
    pub mentions_me: bool,
    /// One does not want to be disturbed at all.
    pub is_dnd: bool,
    /// The room is on screen and the window has the focus.
    pub is_in_view: bool,
}

/// Whether a message that arrived is notified. It counts as unread either way, and as a mention, and the list shows both: what is
/// silenced here is only the sound and the notification. A mute is none of them for a while, mentions too, since who wants to hear
/// of those alone has a level for that.
pub fn is_notified(arrival: &Arrival) -> bool {
    arrival.is_live
        && !arrival.is_own
        && !arrival.is_deleted
        && !arrival.is_blocked
        && arrival.message_type != MessageType::System
        && arrival.seq > arrival.last_read_seq
        && !arrival.is_in_view
        && !arrival.is_paused
        && !arrival.is_dnd
        && match arrival.notifications {
            Notifications::All => true,
            Notifications::Mentions => arrival.mentions_me,
            Notifications::None => false,
        }
}

/// What is said of a message that is notified.
pub(crate) fn notice(message: &Message, sender: Person, title: String, is_private: bool) -> Notice {
    let content = plain::preview(&message.content);
    let body = if is_private { content } else { format!("{}: {content}", sender.display_name) };
    Notice::Show { room: message.chat_room, message: message.id, seq: message.seq, title, body, sender }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::cache;

    const NEWS: Arrival = Arrival {
        is_live: true,
        is_own: false,
        is_deleted: false,
        is_blocked: false,
        message_type: MessageType::Text,
        seq: 8,
        last_read_seq: 7,
        notifications: Notifications::All,
        is_paused: false,
        mentions_me: false,
        is_dnd: false,
        is_in_view: false,
    };

    #[test]
    fn only_news_that_nobody_has_seen_is_notified() {
        for (why, arrival, want) in [
            ("news", NEWS, true),
            ("history", Arrival { is_live: false, ..NEWS }, false),
            ("own", Arrival { is_own: true, ..NEWS }, false),
            ("deleted meanwhile", Arrival { is_deleted: true, ..NEWS }, false),
            ("system", Arrival { message_type: MessageType::System, ..NEWS }, false),
            ("read elsewhere", Arrival { last_read_seq: 8, ..NEWS }, false),
            ("mentions only", Arrival { notifications: Notifications::Mentions, ..NEWS }, false),
            (
                "mentions only, and named",
                Arrival { notifications: Notifications::Mentions, mentions_me: true, ..NEWS },
                true,
            ),
            ("nothing", Arrival { notifications: Notifications::None, ..NEWS }, false),
            ("nothing, though named", Arrival { notifications: Notifications::None, mentions_me: true, ..NEWS }, false),
            ("muted for a while", Arrival { is_paused: true, ..NEWS }, false),
            ("muted for a while, though named", Arrival { is_paused: true, mentions_me: true, ..NEWS }, false),
            ("blocked", Arrival { is_blocked: true, ..NEWS }, false),
            ("blocked, though named", Arrival { is_blocked: true, mentions_me: true, ..NEWS }, false),
            ("do not disturb", Arrival { is_dnd: true, ..NEWS }, false),
            ("do not disturb, though named", Arrival { is_dnd: true, mentions_me: true, ..NEWS }, false),
            ("in view", Arrival { is_in_view: true, ..NEWS }, false),
            ("in view and named", Arrival { is_in_view: true, mentions_me: true, ..NEWS }, false),
        ] {
            assert_eq!(is_notified(&arrival), want, "{why}");
        }
    }

    #[test]
    fn a_notification_says_the_words_without_marks_and_without_what_is_hidden() {
        let juan = cache::unknown(Uuid::from_u128(2).into());
        let person = Person { display_name: "Juan".into(), ..Person::from(&juan) };
        let message = Message { sender: juan, ..cache::tests::message(3, 3, "**Hola** @ana,\n\n- it is ||a cake||") };
        let body = |is_private| match notice(&message, person.clone(), "Sierra".into(), is_private) {
            Notice::Show { body, .. } => body,
            Notice::Withdraw { .. } => String::new(),
        };
        assert_eq!(body(true), "Hola @ana, it is ▒▒▒▒");
        assert_eq!(body(false), "Juan: Hola @ana, it is ▒▒▒▒");
    }
}
