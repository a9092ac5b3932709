//! How long to wait before the next try.

use std::time::Duration;

use crate::view::Connection;

/// Quick tries with growing waits, then slow ones for ever.
#[derive(Debug)]
pub(crate) struct Backoff {
    waits: Vec<Duration>,
    slow: Duration,
    tries: usize,
}

impl Backoff {
    pub(crate) fn new(waits: Vec<Duration>, slow: Duration) -> Self {
        Self { waits, slow, tries: 0 }
    }

    /// A try succeeded, or something says that the next one will.
    pub(crate) fn reset(&mut self) {
        self.tries = 0;
    }

    /// The next wait, and what to show meanwhile. `jitter` in `0..1` spreads many clients over a quarter to either side.
    pub(crate) fn next(&mut self, jitter: f64) -> (Duration, Connection) {
        let quick = self.waits.get(self.tries);
        let pause = quick.unwrap_or(&self.slow).mul_f64(0.75 + jitter / 2.0);
        let retry_in_ms = u32::try_from(pause.as_millis()).unwrap_or(u32::MAX).max(1);
        self.tries += 1;
        let state = if quick.is_some() {
            Connection::Offline { attempt: u32::try_from(self.tries).unwrap_or(u32::MAX), retry_in_ms }
        } else {
            Connection::Unreachable { retry_in_ms }
        };
        (pause, state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_quick_tries_and_then_every_thirty_seconds() {
        let waits = [1, 2, 4, 8, 16].map(Duration::from_secs).to_vec();
        let mut backoff = Backoff::new(waits, Duration::from_secs(30));
        for (attempt, seconds) in [(1, 1_000), (2, 2_000), (3, 4_000), (4, 8_000), (5, 16_000)] {
            assert_eq!(backoff.next(0.5).1, Connection::Offline { attempt, retry_in_ms: seconds });
        }
        assert_eq!(backoff.next(0.5).1, Connection::Unreachable { retry_in_ms: 30_000 });
        assert_eq!(backoff.next(0.0).1, Connection::Unreachable { retry_in_ms: 22_500 });
        backoff.reset();
        assert_eq!(backoff.next(0.999).0, Duration::from_secs_f64(0.75 + 0.4995));
    }
}
