//! How fast a socket may send: a token bucket, and patience with those who do not stop.

use std::time::Duration;

use recado_protocol::Limits;
use tokio::time::Instant;

/// Refusals within [`WINDOW`] after which a socket is closed.
const PATIENCE: u32 = 100;
pub(super) const WINDOW: Duration = Duration::from_secs(10);

/// What to do with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    /// Too fast; one may pass after this.
    Refuse(Duration),
    /// Warned often enough: close with 4029.
    Close,
}

#[derive(Debug)]
pub(super) struct Pace {
    /// `None`: no limit (`rate_limit` is off).
    bucket: Option<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    per_s: f64,
    burst: f64,
    tokens: f64,
    filled: Instant,
    refused: u32,
    window: Instant,
}

impl Pace {
    pub(super) fn new(limits: Limits, enforced: bool, now: Instant) -> Self {
        let burst = f64::from(limits.messages_burst.max(1));
        let bucket = enforced.then(|| Bucket {
            per_s: f64::from(limits.messages_per_s.max(1)),
            burst,
            tokens: burst,
            filled: now,
            refused: 0,
            window: now,
        });
        Self { bucket }
    }

    /// Judges one frame.
    pub(super) fn judge(&mut self, now: Instant) -> Verdict {
        let Some(bucket) = &mut self.bucket else { return Verdict::Pass };
        let gained = (now - bucket.filled).as_secs_f64() * bucket.per_s;
        bucket.tokens = (bucket.tokens + gained).min(bucket.burst);
        bucket.filled = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Verdict::Pass;
        }
        if now - bucket.window > WINDOW {
            bucket.window = now;
            bucket.refused = 0;
        }
        bucket.refused += 1;
        if bucket.refused > PATIENCE {
            return Verdict::Close;
        }
        Verdict::Refuse(Duration::from_secs_f64((1.0 - bucket.tokens) / bucket.per_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(now: Instant) -> Pace {
        let limits = Limits { messages_per_s: 10, messages_burst: 30, ..Limits::default() };
        Pace::new(limits, true, now)
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_counts() {
        let now = Instant::now();
        let mut pace = pace(now);
        for _ in 0..30 {
            assert_eq!(pace.judge(now), Verdict::Pass);
        }
        assert_eq!(pace.judge(now), Verdict::Refuse(Duration::from_millis(100)));
        assert_eq!(pace.judge(now + Duration::from_millis(101)), Verdict::Pass);
    }

    #[test]
    fn who_goes_on_after_a_hundred_warnings_is_closed() {
        let now = Instant::now();
        let mut pace = pace(now);
        let verdicts: Vec<_> = (0..131).map(|_| pace.judge(now)).collect();
        assert!(matches!(verdicts[129], Verdict::Refuse(_)));
        assert_eq!(verdicts[130], Verdict::Close);
    }

    #[test]
    fn warnings_are_forgotten_after_a_while() {
        let now = Instant::now();
        let mut pace = pace(now);
        for _ in 0..130 {
            pace.judge(now);
        }
        let later = now + WINDOW + Duration::from_secs(1);
        for _ in 0..30 {
            assert_eq!(pace.judge(later), Verdict::Pass);
        }
        assert!(matches!(pace.judge(later), Verdict::Refuse(_)));
    }

    #[test]
    fn without_a_limit_everything_passes() {
        let now = Instant::now();
        let mut pace = Pace::new(Limits::default(), false, now);
        assert!((0..10_000).all(|_| pace.judge(now) == Verdict::Pass));
    }
}
