//! The system's notifications: what the core decided to tell, one a room, replaced by the next and taken away when read.
//!
//! Whether something is told is the core's decision. Each shown notification has a task that waits for a click, a
//! replacement or a withdrawal, whichever is first. Without a notification service this is said in the log once.

#[cfg(all(unix, not(target_os = "macos")))]
mod freedesktop;
#[cfg(not(all(unix, not(target_os = "macos"))))]
mod native;

use std::collections::HashMap;

use recado_core::{client::NoticeStream, notification::Notice};
use recado_protocol::{RoomId, Seq};
use tauri::{AppHandle, Manager as _, async_runtime};
use tokio::sync::mpsc;

use crate::{preferences::Language, shell::Shell, window};

#[cfg(all(unix, not(target_os = "macos")))]
use self::freedesktop as system;
#[cfg(not(all(unix, not(target_os = "macos"))))]
use self::native as system;

/// What is to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Content {
    title: String,
    body: String,
    /// Label of the button that opens the room.
    open: &'static str,
    seq: Seq,
}

/// What a shown notification is told.
#[derive(Debug)]
enum Change {
    Replace(Content),
    Withdraw,
}

/// What becomes of a notification.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Clicked(Seq),
    Closed,
}

/// One room's notification.
struct Shown {
    changes: mpsc::Sender<Change>,
    seq: Seq,
}

/// Shows what the core tells, until it ends.
pub(crate) async fn run(app: AppHandle, mut notices: NoticeStream) {
    let (finished, mut outcomes) = mpsc::channel::<RoomId>(64);
    let mut shown: HashMap<RoomId, Shown> = HashMap::new();
    loop {
        tokio::select! {
            notice = notices.next() => match notice {
                Some(Notice::Show { room, seq, title, body, .. }) => {
                    let open = match app.state::<Shell>().language().await {
                        Language::En => "Open",
                        Language::Es => "Abrir",
                    };
                    let content = Content { title, body, open, seq };
                    let content = match shown.get_mut(&room) {
                        Some(old) => match old.changes.send(Change::Replace(content)).await {
                            Ok(()) => {
                                old.seq = seq;
                                continue;
                            }
                            Err(mpsc::error::SendError(Change::Replace(content))) => content,
                            Err(_) => continue,
                        },
                        None => content,
                    };
                    let (changes, inbox) = mpsc::channel(8);
                    shown.insert(room, Shown { changes, seq });
                    async_runtime::spawn(attend(app.clone(), room, content, inbox, finished.clone()));
                }
                Some(Notice::Withdraw { room, from, upto }) => {
                    if shown.get(&room).is_some_and(|old| (from..=upto).contains(&old.seq))
                        && let Some(old) = shown.remove(&room)
                    {
                        // Gone already is as good.
                        let _ = old.changes.send(Change::Withdraw).await;
                    }
                }
                None => break,
            },
            // A newer notification of that room may be there by now.
            Some(room) = outcomes.recv() => {
                if shown.get(&room).is_some_and(|old| old.changes.is_closed()) {
                    shown.remove(&room);
                }
            }
        }
    }
    for old in shown.into_values() {
        let _ = old.changes.send(Change::Withdraw).await;
    }
}

/// Shows one notification and does what its end asks for.
async fn attend(
    app: AppHandle,
    room: RoomId,
    content: Content,
    changes: mpsc::Receiver<Change>,
    finished: mpsc::Sender<RoomId>,
) {
    if let Outcome::Clicked(seq) = system::show(content, changes).await {
        window::show_and_focus(&app);
        app.state::<Shell>().open_room(room, Some(seq));
    }
    // The runner may have ended before.
    let _ = finished.send(room).await;
}
