//! What the user chose for this profile, and what the window wants to know about the program.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A language that Recado speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Language {
    En,
    Es,
}

/// Answer of the command `preferences`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub(crate) struct Preferences {
    /// Null follows the system.
    pub(crate) language: Option<Language>,
    /// What the system is set to, as far as it is one of ours; English otherwise.
    pub(crate) system_language: Language,
    /// The name given by `--profile`.
    pub(crate) profile: String,
    /// The program's version.
    pub(crate) version: String,
}
