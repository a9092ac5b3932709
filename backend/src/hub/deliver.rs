//! From events to frames in queues.

use recado_protocol::{CloseCode, ErrorCode, Rev, RoomId, ServerFrame, UserId, frame::SyncFrame, limits::SMALL_ROOM};
use tokio::time::Instant;

use super::{
    Surface,
    ordered::Offer,
    queue::Stamp,
    state::{State, close, encode},
};
use crate::{
    bus::Incoming,
    event::{Audience, Event},
};

/// Whether the room socket of the first version knows a lasting frame.
fn is_for_room_sockets(frame: &ServerFrame) -> bool {
    matches!(
        frame,
        ServerFrame::ChatMessage { .. }
            | ServerFrame::MessageEdited { .. }
            | ServerFrame::MessageDeleted { .. }
            | ServerFrame::MessageReaction { .. }
    )
}

impl State {
    pub(super) fn hear(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Local(events) => {
                for event in events {
                    self.apply(event);
                }
            }
            Incoming::Remote(event) => self.apply(*event),
            Incoming::News { from, news } => {
                let (told, answer) = self.presence.heard(from, news, Instant::now());
                if let Some(answer) = answer {
                    self.bus.announce(answer);
                }
                self.tell_all(told);
            }
        }
    }

    fn apply(&mut self, event: Event) {
        let now = Instant::now();
        match event {
            Event::Room { room, rev, frame } => {
                let Some(state) = self.rooms.get_mut(&room) else { return };
                if let Offer::Deliver(frames) = state.stream.offer(rev, frame, now) {
                    self.deliver(room, frames);
                }
                self.arm_room(room);
            }
            Event::Joined { user, me, frame, .. } | Event::Me { user, rev: me, frame } => {
                self.offer_me(user, me, frame);
            }
            Event::Removed { room, user, me } => {
                self.offer_me(user, me, ServerFrame::RoomRemoved { chat_room: room, me: Some(me) });
            }
            Event::RoomDeleted { room, users } => {
                self.close_room(room);
                for (user, me) in users {
                    self.offer_me(user, me, ServerFrame::RoomRemoved { chat_room: room, me: Some(me) });
                }
            }
            Event::People { rev, frame } => {
                if let Offer::Deliver(frames) = self.people.offer(rev, frame, now) {
                    self.deliver_people(frames);
                }
                self.arm_people();
            }
            Event::SessionEnded { session } => self.end_session(session),
            Event::Transient { room, from, audience, except, frame } => {
                self.pass(room, from, audience, &except, &frame);
            }
        }
    }

    /// Lasting frames of a room, in order.
    pub(super) fn deliver(&mut self, id: RoomId, frames: Vec<(Rev, ServerFrame)>) {
        for (rev, frame) in frames {
            self.moves += 1;
            let Some(room) = self.rooms.get_mut(&id) else { return };
            room.moved = self.moves;
            if let ServerFrame::Room(told) = &frame {
                room.count = told.room.participant_count;
                if let Some(watch) = &mut room.watch {
                    watch.learn(told.room.participants.iter().flatten());
                }
            }
            let message = encode(&frame);
            for device in room.devices.values().filter(|device| rev > device.floor) {
                device.queue.push(Stamp::Room(id, rev), &message);
            }
            if is_for_room_sockets(&frame) {
                for (_, queue) in room.sockets.values() {
                    queue.push(Stamp::Room(id, rev), &message);
                }
            }
        }
    }

    fn offer_me(&mut self, user: UserId, rev: Rev, frame: ServerFrame) {
        let Some(account) = self.users.get_mut(&user) else { return };
        if let Offer::Deliver(frames) = account.me.offer(rev, frame, Instant::now()) {
            self.deliver_me(user, frames);
        }
        self.arm_me(user);
    }

    /// Frames of a person's own stream, in order: to their devices, and into what these are subscribed to.
    pub(super) fn deliver_me(&mut self, user: UserId, frames: Vec<(Rev, ServerFrame)>) {
        for (rev, frame) in frames {
            let Some(account) = self.users.get(&user) else { return };
            let conns: Vec<_> = account.conns.iter().copied().collect();
            if let ServerFrame::Sync(SyncFrame::Me(told)) = &frame
                && let Some(choice) = told.me.presence
            {
                let changed = self.presence.chosen(user, choice);
                self.tell(changed);
            }
            let message = encode(&frame);
            for id in conns {
                let Some(conn) = self.conns.get_mut(&id) else { continue };
                match (&frame, conn.surface) {
                    (ServerFrame::Room(room), Surface::Device) => {
                        conn.removed.remove(&room.chat_room);
                        let count = Some(room.room.participant_count);
                        let channel = self.subscribe(id, room.chat_room, room.rev, count, room.rev);
                        // The next ping says where the room stands, should this be all that is told of it.
                        self.moves += 1;
                        if let Some(state) = self.rooms.get_mut(&room.chat_room) {
                            state.moved = self.moves;
                        }
                        // Not awaited: what is said before Redis confirms is found by the poller.
                        drop(self.bus.subscribe(channel.into_iter().collect()));
                    }
                    (ServerFrame::RoomRemoved { chat_room, .. }, Surface::Device) => {
                        conn.removed.insert(*chat_room);
                        self.unsubscribe(id, *chat_room);
                    }
                    (ServerFrame::RoomRemoved { chat_room, .. }, Surface::Room(room)) if *chat_room == room => {
                        conn.removed.insert(room);
                        close(&conn.queue, CloseCode::NotAParticipant, ErrorCode::Forbidden, Some(room));
                    }
                    _ => {}
                }
                if let Some(conn) = self.conns.get(&id)
                    && conn.surface == Surface::Device
                    && rev > conn.me_floor
                {
                    conn.queue.push(Stamp::Me(rev), &message);
                }
            }
        }
    }

    /// Profiles, in order: to every device.
    pub(super) fn deliver_people(&mut self, frames: Vec<(Rev, ServerFrame)>) {
        for (rev, frame) in frames {
            let message = encode(&frame);
            let devices = self.conns.values().filter(|conn| conn.surface == Surface::Device);
            for conn in devices.filter(|conn| rev > conn.people_floor) {
                conn.queue.push(Stamp::People(rev), &message);
            }
        }
    }

    /// The room is gone.
    pub(super) fn close_room(&mut self, id: RoomId) {
        let Some(room) = self.rooms.get(&id) else { return };
        for (_, queue) in room.sockets.values() {
            close(queue, CloseCode::NoSuchRoom, ErrorCode::NotFound, Some(id));
        }
    }

    /// Told once and forgotten.
    pub(super) fn pass(
        &mut self,
        id: RoomId,
        from: UserId,
        audience: Audience,
        except: &[UserId],
        frame: &ServerFrame,
    ) {
        let Some(room) = self.rooms.get(&id) else { return };
        let message = encode(frame);
        let small = usize::try_from(room.count).is_ok_and(|count| count <= SMALL_ROOM);
        // The first version answered a read mark to every room socket, the reader's too.
        let all_sockets = matches!(audience, Audience::All | Audience::RoomSockets)
            || (audience == Audience::Others && matches!(frame, ServerFrame::MessageRead { .. }));
        for (user, queue) in room.sockets.values() {
            if (all_sockets || *user != from) && !except.contains(user) {
                queue.push(Stamp::Passing, &message);
            }
        }
        for (conn, device) in &room.devices {
            let watches = room.watch.as_ref().is_some_and(|watch| watch.watchers.contains(conn));
            let hears = match audience {
                Audience::All => small || watches,
                Audience::Others => device.user != from && (small || watches),
                Audience::Watchers => device.user != from && watches,
                Audience::RoomSockets => false,
            };
            if hears && !except.contains(&device.user) {
                device.queue.push(Stamp::Passing, &message);
            }
        }
    }
}
