//! What the running server consists of: one cheap handle that every handler and task holds.

use std::{net::SocketAddr, ops::Deref, sync::Arc};

use recado_protocol::Limits;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{auth::Auth, bus::Bus, clock::Clock, config::Config, http::Rates, hub::Hub, store::Store};

/// The handle.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts, built once at start.
#[derive(Debug)]
pub struct Parts {
    pub store: Store,
    pub auth: Auth,
    pub clock: Arc<dyn Clock>,
    pub bus: Bus,
    pub hub: Hub,
    /// What sockets enforce and tell.
    pub limits: Limits,
    /// `rate_limit`: off for load tests only.
    pub rate_limit: bool,
    pub heartbeat_ms: u64,
    pub config: Config,
    /// What it really listens on, once the port is known.
    pub listen: SocketAddr,
    /// How fast clients asked of REST lately.
    pub rates: Rates,
    /// Every task of the server runs on this.
    pub tracker: TaskTracker,
    /// Cancelled when the server drains.
    pub shutdown: CancellationToken,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
