//! Waiting for conditions.

use std::{fmt::Debug, time::Duration};

use tokio::time::{Instant, timeout};

/// Generous: only a test that fails waits that long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at a condition.
const LOOK: Duration = Duration::from_millis(15);

/// Looks until `look` gives `Ok`; panics with the last `Err` when [`PATIENCE`] is over.
#[track_caller]
pub fn until<T, E: Debug>(what: impl Into<String>, look: impl AsyncFnMut() -> Result<T, E>) -> impl Future<Output = T> {
    within(PATIENCE, what, look)
}

/// As [`until`], with a limit that is part of what is tested.
#[track_caller]
pub fn within<T, E: Debug>(
    limit: Duration,
    what: impl Into<String>,
    mut look: impl AsyncFnMut() -> Result<T, E>,
) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    let what = what.into();
    async move {
        let end = Instant::now() + limit;
        loop {
            match look().await {
                Ok(value) => return value,
                Err(last) => {
                    assert!(
                        Instant::now() < end,
                        "{caller}: {what} did not come true in {limit:?}; last seen: {last:?}"
                    );
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Awaits a future that must end in time.
#[track_caller]
pub fn soon<T>(what: &str, future: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        match timeout(PATIENCE, future).await {
            Ok(value) => value,
            Err(elapsed) => panic!("{caller}: {what} did not happen in {PATIENCE:?} ({elapsed})"),
        }
    }
}
