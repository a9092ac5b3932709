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

impl Language {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }

    pub(crate) fn parse(code: &str) -> Option<Self> {
        [Self::En, Self::Es].into_iter().find(|language| language.code() == code)
    }

    /// The one that the environment names.
    pub(crate) fn of_system() -> Self {
        let named = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        Self::of_locale(&named.unwrap_or_default())
    }

    /// `es_MX.UTF-8` is Spanish; what is not ours is English.
    fn of_locale(locale: &str) -> Self {
        let language = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        Self::parse(&language.to_lowercase()).unwrap_or(Self::En)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_names_a_language_or_means_english() {
        for (locale, want) in [
            ("es_MX.UTF-8", Language::Es),
            ("es", Language::Es),
            ("ES-es", Language::Es),
            ("en_GB", Language::En),
            ("de_DE", Language::En),
            ("est", Language::En),
            ("C", Language::En),
            ("", Language::En),
        ] {
            assert_eq!(Language::of_locale(locale), want, "{locale}");
        }
    }
}
