//! WebSocket close codes. The range says what a client does: 4000-4499 come back with backoff, 4500 and up stop and tell.

/// Why the server closed a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// 1009: a frame over the limit; what was sent is not tried again.
    FrameTooLarge = 1009,
    /// The node is stopping; another one is there, or it will be back.
    Draining = 4001,
    /// The client reads too slowly; it comes back and syncs.
    TooSlow = 4002,
    /// No pong, or silence beyond the limit.
    NoPong = 4004,
    /// The access token had expired at the handshake: refresh, then come back.
    TokenExpired = 4005,
    /// No `hello` within 5 s.
    NoHello = 4006,
    /// Too many frames, after warnings.
    TooManyFrames = 4029,
    /// A binary frame, or a first frame that is no valid `hello`.
    NotTheProtocol = 4500,
    /// Token missing or not ours.
    BadToken = 4501,
    /// The session was ended, or the account disabled.
    SessionEnded = 4503,
    /// A protocol version that this server does not speak.
    UnknownVersion = 4504,
    /// Room socket: not (or no longer) a participant.
    NotAParticipant = 4543,
    /// Room socket: no such room.
    NoSuchRoom = 4544,
}

impl CloseCode {
    pub fn code(self) -> u16 {
        self as u16
    }

    /// A short reason for the close frame (at most 123 bytes by RFC 6455).
    pub fn reason(self) -> &'static str {
        match self {
            Self::FrameTooLarge => "frame too large",
            Self::Draining => "server is stopping, come back",
            Self::TooSlow => "reading too slowly, come back and sync",
            Self::NoPong => "no pong",
            Self::TokenExpired => "token expired, refresh and come back",
            Self::NoHello => "no hello",
            Self::TooManyFrames => "too many frames",
            Self::NotTheProtocol => "not the protocol",
            Self::BadToken => "token missing or bad",
            Self::SessionEnded => "session ended",
            Self::UnknownVersion => "unknown protocol version",
            Self::NotAParticipant => "not a participant",
            Self::NoSuchRoom => "no such room",
        }
    }
}

/// Whether a close code asks the client to stop until a person acts. Every code outside 4500-4999 is worth a new try.
pub fn is_final(code: u16) -> bool {
    (4500..5000).contains(&code)
}
