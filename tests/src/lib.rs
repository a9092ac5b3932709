//! The harness of the whole-system tests: a [`World`] holds a real server process (and a real Redis, where one is asked for);
//! people act in it through plain REST, through plain WebSockets frame by frame, or with the real client core.
//!
//! Everything is started on a free port with its files in a temporary directory and killed on drop. Nothing sleeps for a
//! guessed time: [`wait::until`] asks again until a condition holds, and says what it saw when it never does.

pub mod cli;
pub mod core_client;
pub mod desk;
pub mod filled;
pub mod offline;
pub mod oracle;
pub mod process;
pub mod proxy;
pub mod redis;
pub mod rest;
pub mod server;
pub mod socket;
pub mod wait;
pub mod window;
pub mod world;

pub use core_client::CoreClient;
pub use desk::Desk;
pub use rest::{Answer, Rest};
pub use serde_json::{Value, json};
pub use server::{Server, Settings};
pub use socket::Socket;
pub use window::Window;
pub use world::{Person, World};
