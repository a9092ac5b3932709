//! How fast a client may ask: by address where it is not signed in, by token where it is.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};
use http::header;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::{App, Error, error::Result};

/// Requests that may come at once, and those a second in the long run.
#[derive(Clone, Copy, Debug)]
struct Rate {
    burst: f64,
    per_s: f64,
}

/// Registration, sign-in and refresh by address: a household or office behind one, but no guessing of passwords.
const BY_ADDRESS: Rate = Rate { burst: 60.0, per_s: 2.0 };
/// Everything else by token.
const BY_TOKEN: Rate = Rate { burst: 300.0, per_s: 50.0 };
/// Searches by token: one costs as much as dozens of other requests.
const SEARCHES: Rate = Rate { burst: 60.0, per_s: 5.0 };
/// Full buckets are forgotten when there are more than this.
const KEPT: usize = 10_000;

/// The buckets of all who asked lately.
#[derive(Debug, Default)]
pub struct Rates(Mutex<HashMap<[u8; 32], (f64, Instant)>>);

impl Rates {
    fn take(&self, key: [u8; 32], rate: Rate, now: Instant) -> Result<()> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > KEPT {
            buckets.retain(|_, (left, at)| *left + now.duration_since(*at).as_secs_f64() * rate.per_s < rate.burst);
        }
        let (left, at) = buckets.entry(key).or_insert((rate.burst, now));
        *left = (*left + now.duration_since(*at).as_secs_f64() * rate.per_s).min(rate.burst);
        *at = now;
        if *left < 1.0 {
            return Err(Error::rate_limited(Duration::from_secs_f64((1.0 - *left) / rate.per_s)));
        }
        *left -= 1.0;
        Ok(())
    }
}

pub(super) async fn limit(State(app): State<App>, request: Request, next: Next) -> Result<Response> {
    if app.rate_limit {
        let token = request.headers().get(header::AUTHORIZATION).map(http::HeaderValue::as_bytes);
        // The router has cut the prefix off already.
        let is_auth =
            ["/auth/register", "/auth/login", "/auth/refresh"].iter().any(|path| request.uri().path().ends_with(path));
        let is_search = request.uri().path().ends_with("/search");
        let (key, rate) = if let Some(token) = token.filter(|_| is_search) {
            (Sha256::new_with_prefix(b"search ").chain_update(token).finalize().into(), SEARCHES)
        } else if let Some(token) = token.filter(|_| !is_auth) {
            (Sha256::digest(token).into(), BY_TOKEN)
        } else {
            let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
            let address = peer.map(|peer| peer.0.ip().to_string()).unwrap_or_default();
            // Apart, so that harmless requests do not fill up what guessing takes from.
            let kind = if is_auth { "auth" } else { "any" };
            let rate = if is_auth { BY_ADDRESS } else { BY_TOKEN };
            (Sha256::digest(format!("{kind} {address}")).into(), rate)
        };
        app.rates.take(key, rate, Instant::now())?;
    }
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_the_next_waits_as_told() {
        let rates = Rates::default();
        let rate = Rate { burst: 2.0, per_s: 1.0 };
        let key = [7; 32];
        let now = Instant::now();
        assert!(rates.take(key, rate, now).is_ok() && rates.take(key, rate, now).is_ok());
        let wait = rates.take(key, rate, now).unwrap_err().retry_after.unwrap();
        assert!(rates.take([8; 32], rate, now).is_ok(), "others are not harmed");
        assert!(rates.take(key, rate, now + wait).is_ok());
    }
}
