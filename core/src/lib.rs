//! The client without a window.

pub mod secrets;
pub mod view;
