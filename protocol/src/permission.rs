//! Who may do what in a room. A function of data, asked by the server for the truth and by the client for what to show.

use crate::{ChatType, Role};

/// What somebody may want to do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Post,
    React,
    /// Only ever one's own message; being the author is checked apart.
    EditOwn,
    DeleteOwn,
    DeleteOthers,
    /// What others' messages said before they were edited; one's own is one's own to read.
    ReadEditsOfOthers,
    /// Pin a message for everyone, or take a pin away.
    Pin,
    /// Settings such as the name.
    ChangeRoom,
    DeleteRoom,
    AddParticipant,
    RemoveParticipant,
    Leave,
}

impl Action {
    pub const ALL: [Self; 12] = [
        Self::Post,
        Self::React,
        Self::EditOwn,
        Self::DeleteOwn,
        Self::DeleteOthers,
        Self::ReadEditsOfOthers,
        Self::Pin,
        Self::ChangeRoom,
        Self::DeleteRoom,
        Self::AddParticipant,
        Self::RemoveParticipant,
        Self::Leave,
    ];
}

/// Whether a participant with `role` may do `action` in a room of `chat_type`.
pub fn may(role: Role, chat_type: ChatType, action: Action) -> bool {
    match action {
        Action::Post | Action::React | Action::EditOwn | Action::DeleteOwn | Action::Leave => true,
        Action::Pin => chat_type == ChatType::Private || role >= Role::Admin,
        Action::DeleteOthers
        | Action::ReadEditsOfOthers
        | Action::ChangeRoom
        | Action::DeleteRoom
        | Action::AddParticipant
        | Action::RemoveParticipant => chat_type != ChatType::Private && role >= Role::Admin,
    }
}

/// Whether `actor` may give `role` to, or take it from, somebody: up to one's own.
pub fn may_manage(actor: Role, chat_type: ChatType, role: Role) -> bool {
    may(actor, chat_type, Action::AddParticipant) && role <= actor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_rules_a_private_room() {
        for role in [Role::Member, Role::Admin, Role::Owner] {
            assert!(!may(role, ChatType::Private, Action::DeleteOthers));
            assert!(!may(role, ChatType::Private, Action::AddParticipant));
            assert!(!may(role, ChatType::Private, Action::ReadEditsOfOthers));
            assert!(may(role, ChatType::Private, Action::DeleteOwn));
        }
    }

    #[test]
    fn both_people_of_a_private_room_pin_and_elsewhere_its_admins() {
        assert!(may(Role::Member, ChatType::Private, Action::Pin));
        assert!(!may(Role::Member, ChatType::Group, Action::Pin));
        assert!(may(Role::Admin, ChatType::Community, Action::Pin));
    }

    #[test]
    fn an_admin_cannot_make_or_remove_an_owner() {
        assert!(may_manage(Role::Admin, ChatType::Group, Role::Admin));
        assert!(!may_manage(Role::Admin, ChatType::Group, Role::Owner));
        assert!(!may_manage(Role::Member, ChatType::Group, Role::Member));
    }
}
