//! Who may do what in a room. A function of data, asked by the server for the truth and by the client for what to show.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ChatType, Role};

/// What somebody may want to do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
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
    /// Call everyone by `@room`.
    MentionRoom,
    /// Settings such as name, topic and colour.
    ChangeRoom,
    DeleteRoom,
    AddParticipant,
    RemoveParticipant,
    /// Make links by which others join. Where the room says so, members may too: see [`may_invite`].
    Invite,
    /// Keep somebody out.
    Ban,
    ChangeRole,
    /// Hand the room over to somebody.
    Transfer,
    /// Put it out of one's own sight until somebody writes.
    Archive,
    Leave,
}

impl Action {
    pub const ALL: [Self; 18] = [
        Self::Post,
        Self::React,
        Self::EditOwn,
        Self::DeleteOwn,
        Self::DeleteOthers,
        Self::ReadEditsOfOthers,
        Self::Pin,
        Self::MentionRoom,
        Self::ChangeRoom,
        Self::DeleteRoom,
        Self::AddParticipant,
        Self::RemoveParticipant,
        Self::Invite,
        Self::Ban,
        Self::ChangeRole,
        Self::Transfer,
        Self::Archive,
        Self::Leave,
    ];
}

/// Whether a participant with `role` may do `action` in a room of `chat_type`.
pub fn may(role: Role, chat_type: ChatType, action: Action) -> bool {
    match action {
        Action::Post | Action::React | Action::EditOwn | Action::DeleteOwn | Action::Archive | Action::Leave => true,
        Action::Pin | Action::MentionRoom => chat_type == ChatType::Private || role >= Role::Admin,
        Action::DeleteOthers
        | Action::ReadEditsOfOthers
        | Action::ChangeRoom
        | Action::DeleteRoom
        | Action::AddParticipant
        | Action::RemoveParticipant
        | Action::Invite
        | Action::Ban
        | Action::ChangeRole => chat_type != ChatType::Private && role >= Role::Admin,
        Action::Transfer => chat_type != ChatType::Private && role == Role::Owner,
    }
}

/// Whether `actor` may give `role` to, or take it from, somebody: up to one's own.
pub fn may_manage(actor: Role, chat_type: ChatType, role: Role) -> bool {
    may(actor, chat_type, Action::AddParticipant) && role <= actor
}

/// Whether somebody may make links by which others join.
pub fn may_invite(role: Role, chat_type: ChatType, members_may_invite: bool) -> bool {
    may(role, chat_type, Action::Invite) || (members_may_invite && chat_type != ChatType::Private)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 3] = [Role::Member, Role::Admin, Role::Owner];

    #[test]
    fn every_action_of_every_role_in_every_kind_of_room() {
        // Member, admin, owner; each in a private room, a group, a community.
        let all = [[true; 3]; 3];
        let admins = [[false, false, false], [false, true, true], [false, true, true]];
        for action in Action::ALL {
            let want = match action {
                Action::Post
                | Action::React
                | Action::EditOwn
                | Action::DeleteOwn
                | Action::Archive
                | Action::Leave => all,
                Action::Pin | Action::MentionRoom => [[true, false, false], [true, true, true], [true, true, true]],
                Action::Transfer => [[false; 3], [false; 3], [false, true, true]],
                Action::DeleteOthers
                | Action::ReadEditsOfOthers
                | Action::ChangeRoom
                | Action::DeleteRoom
                | Action::AddParticipant
                | Action::RemoveParticipant
                | Action::Invite
                | Action::Ban
                | Action::ChangeRole => admins,
            };
            for (role, want) in ROLES.into_iter().zip(want) {
                let kinds = [ChatType::Private, ChatType::Group, ChatType::Community];
                assert_eq!(kinds.map(|kind| may(role, kind, action)), want, "{action:?} of {role:?}");
            }
        }
    }

    #[test]
    fn an_admin_cannot_make_or_remove_an_owner() {
        assert!(may_manage(Role::Admin, ChatType::Group, Role::Admin));
        assert!(!may_manage(Role::Admin, ChatType::Group, Role::Owner));
        assert!(!may_manage(Role::Member, ChatType::Group, Role::Member));
    }

    #[test]
    fn members_invite_where_the_room_lets_them() {
        assert!(may_invite(Role::Member, ChatType::Group, true));
        assert!(!may_invite(Role::Member, ChatType::Group, false));
        assert!(!may_invite(Role::Owner, ChatType::Private, true));
    }
}
