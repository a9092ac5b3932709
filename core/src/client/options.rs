//! What a client is opened with.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crate::{clock::Clock, secrets::SecretStore};

/// What [`Client::open`](super::Client::open) needs.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// The profile's own directory; made if it is missing.
    pub profile_dir: PathBuf,
    /// What to offer at sign-in when the profile knows no server yet.
    pub server: Option<String>,
    pub secrets: Arc<dyn SecretStore>,
    pub clock: Arc<dyn Clock>,
    /// What this device calls itself in the list of sessions.
    pub device: String,
    pub timing: Timing,
}

/// Every interval of the client, in one place, so that tests can shorten them.
#[derive(Clone, Debug)]
pub struct Timing {
    /// Waits before each quick try to reconnect, before jitter.
    pub backoff: Vec<Duration>,
    /// Wait between tries after the quick ones failed.
    pub slow_retry: Duration,
    /// How long a connection may take to be made.
    pub connect: Duration,
    /// How long a REST call may take.
    pub request: Duration,
    /// How long a live frame may wait for those before it.
    pub hold_back: Duration,
    /// How long an answer to `sync` or a command may take before the connection counts as dead.
    pub answer: Duration,
    /// How long others' typing is shown after its last frame, and own typing told after the last key.
    pub typing: Duration,
    /// Least time between two own typing frames.
    pub typing_throttle: Duration,
    /// Least time between two read markers.
    pub read_throttle: Duration,
    /// How often the wall clock is compared with the steady one, to notice that the computer slept.
    pub wake_check: Duration,
    /// How long a connection that may be dead (after sleep, after a network change) has to show life.
    pub proof_of_life: Duration,
    /// Quiet before another old page is fetched in the background; `None` switches that off.
    pub background_fetch: Option<Duration>,
    /// How long nobody touches the device before one counts as away.
    pub idle: Duration,
    /// First wait after a temporary refusal that does not say how long.
    pub send_retry: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            backoff: [1, 2, 4, 8, 16].map(Duration::from_secs).to_vec(),
            slow_retry: Duration::from_secs(30),
            connect: Duration::from_secs(10),
            request: Duration::from_secs(20),
            hold_back: Duration::from_millis(300),
            answer: Duration::from_secs(30),
            typing: Duration::from_secs(3),
            typing_throttle: Duration::from_secs(2),
            read_throttle: Duration::from_secs(1),
            wake_check: Duration::from_secs(5),
            proof_of_life: Duration::from_secs(5),
            background_fetch: Some(Duration::from_millis(700)),
            idle: Duration::from_mins(10),
            send_retry: Duration::from_secs(1),
        }
    }
}
