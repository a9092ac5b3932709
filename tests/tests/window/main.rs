//! The real window: people at their desktops with the real server between them.

mod access;
mod keyboard;
mod large;
mod looks;
mod meeting;
mod messages;
mod offline;
mod presence;
mod room_panel;
mod search;

const SENT: &str = "sent";
const READ: &str = "read";
const RECEIVED: &str = "received";
