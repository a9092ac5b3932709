//! What the commands act on: the client, once it is open, and the little that the shell itself keeps.

use std::sync::{Mutex, MutexGuard, PoisonError};

use recado_core::{
    client::Client,
    view::{Event, Failure, FailureCode, Startup},
};
use recado_protocol::{RoomId, Seq};
use tauri::{AppHandle, async_runtime, ipc::Channel};
use tokio::sync::watch;

use crate::{
    clipboard,
    links::{self, Link},
    notifications,
    preferences::{Language, Preferences},
    window,
};

/// The name under which the profile keeps the language.
const LANGUAGE: &str = "language";

pub(crate) struct Shell {
    app: AppHandle,
    /// `None` while the profile is being opened.
    client: watch::Receiver<Option<Result<Client, Failure>>>,
    profile: String,
    screen: Mutex<Screen>,
    feed: Mutex<Feed>,
}

/// What is on screen: the page says the room, the page and the system say the focus.
#[derive(Clone, Copy, Debug, Default)]
struct Screen {
    room: Option<RoomId>,
    page_focused: bool,
    window_focused: bool,
}

/// The page's one stream of events.
#[derive(Default)]
struct Feed {
    channel: Option<Channel<Event>>,
    pump: Option<async_runtime::JoinHandle<()>>,
    /// A room or an invite that was asked for before there was a page to tell.
    waiting: Option<Event>,
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shell").field("profile", &self.profile).finish_non_exhaustive()
    }
}

impl Shell {
    pub(crate) fn new(
        app: AppHandle,
        client: watch::Receiver<Option<Result<Client, Failure>>>,
        profile: String,
    ) -> Self {
        Self { app, client, profile, screen: Mutex::default(), feed: Mutex::default() }
    }

    /// The client; waits until the profile is open.
    pub(crate) async fn client(&self) -> Result<Client, Failure> {
        let mut client = self.client.clone();
        let opened = client.wait_for(Option::is_some).await;
        match opened.as_deref() {
            Ok(Some(outcome)) => outcome.clone(),
            _ => Err(Failure::new(FailureCode::Internal, "the program is ending")),
        }
    }

    /// What can only start once the profile is open.
    pub(crate) async fn after_open(&self) {
        window::add_tray(&self.app, self.language().await);
        let Ok(client) = self.client().await else { return };
        async_runtime::spawn(notifications::run(self.app.clone(), client.notifications()));
        self.tell_view(&client);
    }

    /// Subscribes the page; the one before it is dropped.
    pub(crate) async fn start(&self, channel: Channel<Event>) -> Result<Startup, Failure> {
        let (startup, mut events) = self.client().await?.start().await?;
        let sender = channel.clone();
        let pump = async_runtime::spawn(async move {
            while let Some(event) = events.next().await {
                let is_last = event == Event::Lagged;
                if sender.send(event).is_err() || is_last {
                    break;
                }
            }
        });
        let mut feed = self.feed();
        if let Some(old) = feed.pump.replace(pump) {
            old.abort();
        }
        if let Some(event) = feed.waiting.take() {
            send(&channel, event);
        }
        feed.channel = Some(channel);
        Ok(startup)
    }

    /// Has the page open a room, now or as soon as there is a page.
    pub(crate) fn open_room(&self, room: RoomId, seq: Option<Seq>) {
        self.show(Event::OpenRoom { room, seq });
    }

    /// Tells the page, now or as soon as there is one.
    fn show(&self, event: Event) {
        let mut feed = self.feed();
        match &feed.channel {
            Some(channel) => send(channel, event),
            None => feed.waiting = Some(event),
        }
    }

    /// Follows a `recado://` link.
    pub(crate) async fn follow(&self, link: &str) {
        window::show_and_focus(&self.app);
        let Some(link) = Link::parse(link) else {
            tracing::warn!("a link that leads nowhere was opened");
            return;
        };
        let session = match self.client().await {
            Ok(client) => client.session().await,
            Err(failure) => Err(failure),
        };
        match session {
            Ok(session) => {
                if let Some(event) = link.event(&session) {
                    self.show(event);
                } else {
                    tracing::warn!("a link to a server that is not signed in to was opened");
                }
            }
            Err(failure) => tracing::warn!(%failure, "a link could not be followed"),
        }
    }

    pub(crate) fn set_view(&self, room: Option<RoomId>, focused: bool) {
        {
            let mut screen = self.screen();
            screen.room = room;
            screen.page_focused = focused;
        }
        self.tell_view_if_open();
    }

    pub(crate) fn set_window_focus(&self, focused: bool) {
        self.screen().window_focused = focused;
        self.tell_view_if_open();
    }

    #[expect(clippy::unused_self, reason = "commands act on the shell, whatever it needs for it")]
    pub(crate) fn open_link(&self, url: &str) -> Result<(), Failure> {
        links::open_outside(url)
    }

    pub(crate) async fn copy_text(&self, text: String) -> Result<(), Failure> {
        clipboard::write(&self.app, text).await
    }

    pub(crate) async fn set_language(&self, language: Option<Language>) -> Result<(), Failure> {
        let value = language.map_or(serde_json::Value::Null, |language| language.code().into());
        self.client().await?.set_setting(LANGUAGE, value).await
    }

    pub(crate) async fn preferences(&self) -> Result<Preferences, Failure> {
        let kept = self.client().await?.setting(LANGUAGE).await?;
        Ok(Preferences {
            language: kept.and_then(|value| value.as_str().and_then(Language::parse)),
            system_language: Language::of_system(),
            profile: self.profile.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
        })
    }

    /// Closes the profile.
    pub(crate) async fn shutdown(&self) {
        let client = self.client.borrow().clone();
        if let Some(Ok(client)) = client {
            client.shutdown().await;
        }
    }

    /// The chosen language, or the system's.
    pub(crate) async fn language(&self) -> Language {
        match self.preferences().await {
            Ok(preferences) => preferences.language.unwrap_or(preferences.system_language),
            Err(_) => Language::of_system(),
        }
    }

    fn tell_view_if_open(&self) {
        let client = self.client.borrow().clone();
        if let Some(Ok(client)) = client {
            self.tell_view(&client);
        }
    }

    fn tell_view(&self, client: &Client) {
        let screen = *self.screen();
        client.set_view(screen.room, screen.page_focused && screen.window_focused);
    }

    fn screen(&self) -> MutexGuard<'_, Screen> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn feed(&self) -> MutexGuard<'_, Feed> {
        self.feed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn send(channel: &Channel<Event>, event: Event) {
    if let Err(error) = channel.send(event) {
        tracing::warn!(%error, "the page cannot be told");
    }
}
