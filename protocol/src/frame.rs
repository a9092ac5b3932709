//! Frames of the two sockets: the room socket (`/ws/chat/{room}/`, one room, the room implied) and the device socket
//! (`/ws/`, `chat_room` in each frame). One set of types serves both; what only one of them has is an `Option`.

mod client;
mod server;

pub use client::{ClientFrame, Command, FrameError, Head, Hello, RoomCursor, RoomCursors, RoomRange, Sync};
pub use server::{Ack, ErrorFrame, Gap, MeRooms, MeSync, PeopleSync, RoomFrame, RoomSync, ServerFrame, SyncFrame};
