//! What ends a command early.

/// Either something to tell the person, or the person stopped it.
#[derive(Debug)]
pub(crate) enum Error {
    /// Said as it stands; so it says what to do.
    Told(String),
    /// Ctrl-C or a termination signal.
    Stopped,
}

pub(crate) type Outcome<T> = Result<T, Error>;

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::Told(message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::Told(message.to_owned())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Told(error.to_string())
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Told(message) => f.write_str(message),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}
