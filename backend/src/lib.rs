//! The Recado server: REST, WebSocket gateway, rules, store, bus and admin commands.
//!
//! Three layers: the edge (`http`, `socket`, `cli`) reads what came and writes what goes; the store's use cases hold the
//! rules and own their transactions; the hub and the bus carry what was committed to whoever is connected. An edge never
//! speaks to another edge, and the store knows none of them: it hands committed [`event::Event`]s to a `Publisher`.

pub mod auth;
pub mod bus;
pub mod cli;
pub mod clock;
pub mod config;
pub mod error;
pub mod event;
pub mod http;
pub mod hub;
pub mod socket;
pub mod state;
pub mod store;

pub use error::{Error, Result};
pub use state::App;
