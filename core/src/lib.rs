//! The client without a window. [`client::Client`] is the one handle; `docs/` and `ARCHITECTURE.md` walk through it.
//!
//! ```text
//! client      the handle: calls, snapshot and events
//! engine      the task that owns all state: cache, outbox, rooms, timelines
//! sync        the sync step, a pure function     timeline, room_list   what is shown, pure functions
//! connection  the task that owns the socket      tokens                the task that owns the session's tokens
//! cache, outbox, sealed   two encrypted files    profile               the directory, its lock, profile.json
//! notification            what deserves one      rest, api, history    the server by HTTP
//! plain                   messages in previews   view                  the types that a front end sees
//! secrets                 keyring or vault
//! sample                  profiles for measurements, with the feature of that name
//! ```

mod address;
mod api;
mod cache;
pub mod client;
pub mod clock;
mod connection;
mod engine;
pub mod history;
pub mod invite;
pub mod list;
pub mod notification;
mod outbox;
mod plain;
mod profile;
mod rest;
mod room_list;
#[cfg(feature = "sample")]
pub mod sample;
mod sealed;
pub mod secrets;
mod sync;
mod timeline;
mod tokens;
pub mod view;

pub use rest::install_crypto;
