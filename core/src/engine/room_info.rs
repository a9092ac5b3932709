//! What a room's page of information shows: its settings, who is in it, and what one may do.

use std::cmp::Reverse;

use recado_protocol::{
    Role, RoomId,
    permission::{self, Action},
};

use super::{
    Engine,
    calls::{no_room, signed_out},
};
use crate::{
    timeline,
    view::{Failure, Participant, RoomInfo},
};

impl Engine {
    pub(super) fn room_info(&self, room: RoomId) -> Result<RoomInfo, Failure> {
        let account = self.account.as_ref().ok_or_else(signed_out)?;
        let state = account.rooms.get(&room).ok_or_else(no_room)?;
        let row = &state.row;
        let my_role = state.members.get(&account.me.id).and_then(|member| member.role).unwrap_or(Role::Member);
        let is_allowed = |action: &Action| match action {
            Action::Invite => permission::may_invite(my_role, row.chat_type, row.members_may_invite),
            action => permission::may(my_role, row.chat_type, *action),
        };
        let mut participants: Vec<Participant> = state
            .members
            .iter()
            .filter_map(|(user, member)| {
                let role = member.role?;
                let seen = account.statuses.get(user);
                let is_other = *user != account.me.id;
                Some(Participant {
                    person: timeline::person(&account.people, *user),
                    role,
                    status: seen.map(|seen| seen.status),
                    last_seen_at: seen.and_then(|seen| seen.last_seen_at),
                    may_manage: is_other && permission::may_manage(my_role, row.chat_type, role),
                })
            })
            .collect();
        participants.sort_by(|a, b| {
            let key = |one: &Participant| (Reverse(one.role), one.person.display_name.to_lowercase(), one.person.id);
            key(a).cmp(&key(b))
        });
        Ok(RoomInfo {
            id: room,
            chat_type: row.chat_type,
            title: account.room_item(state).title,
            topic: row.topic.clone(),
            description: row.description.clone(),
            colour: row.colour,
            members_may_invite: row.members_may_invite,
            created_at: row.created_at,
            my_role,
            may: Action::ALL.into_iter().filter(is_allowed).collect(),
            participants,
        })
    }
}
