//! The engine.

mod command;

use recado_protocol::UserId;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) use self::command::{Command, Reply};
use crate::{
    client::ClientOptions,
    notification::{Notice, View},
    view::{Event, Failure},
};

/// What an engine is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) options: ClientOptions,
    pub(crate) inbox: mpsc::Receiver<Command>,
    pub(crate) to_self: mpsc::WeakSender<Command>,
    pub(crate) view: watch::Receiver<View>,
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) notices: broadcast::Sender<Notice>,
    pub(crate) tracker: TaskTracker,
    pub(crate) cancel: CancellationToken,
}

pub(crate) struct Engine {
    parts: Parts,
    me: Option<UserId>,
}

impl Engine {
    pub(crate) async fn open(parts: Parts) -> Result<Self, Failure> {
        Ok(Self { parts, me: None })
    }

    pub(crate) async fn run(mut self) {
        while let Some(_command) = self.parts.inbox.recv().await {}
    }
}
