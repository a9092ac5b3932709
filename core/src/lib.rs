//! The client without a window.

pub mod view;
