//! Linux and its relatives: `org.freedesktop.Notifications` on the session bus.

use std::{sync::Once, time::Duration};

use notify_rust::{Hint, Notification, NotificationHandle, NotificationResponse};
use tokio::sync::{OnceCell, mpsc};

use super::{Change, Content, Outcome};

/// A service that does not answer is as good as none.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the service reads the body as markup.
static MARKUP: OnceCell<bool> = OnceCell::const_new();

/// Whether it was told that there is no service.
static TOLD: Once = Once::new();

/// Shows it until it is clicked, closed or withdrawn.
pub(super) async fn show(mut content: Content, mut changes: mpsc::Receiver<Change>) -> Outcome {
    let Some(mut handle) = send(&content, None).await else { return Outcome::Closed };
    loop {
        let mut response = None;
        let change = tokio::select! {
            () = handle.wait_for_action_async(|given: &NotificationResponse| response = Some(is_click(given))) => None,
            change = changes.recv() => Some(change),
        };
        match change {
            None if response == Some(true) => {
                // Some services leave it on screen after a click.
                handle.close_async().await;
                return Outcome::Clicked(content.seq);
            }
            None => return Outcome::Closed,
            Some(Some(Change::Replace(next))) => {
                content = next;
                match send(&content, Some(handle.id())).await {
                    Some(next) => handle = next,
                    None => return Outcome::Closed,
                }
            }
            Some(Some(Change::Withdraw) | None) => {
                handle.close_async().await;
                return Outcome::Closed;
            }
        }
    }
}

fn is_click(response: &NotificationResponse) -> bool {
    match response {
        NotificationResponse::Default => true,
        NotificationResponse::Action(action) => action == "default" || action == "open",
        _ => false,
    }
}

async fn send(content: &Content, replaces: Option<u32>) -> Option<NotificationHandle> {
    let mut notification = Notification::new();
    notification
        .appname("Recado")
        .summary(&content.title)
        .body(&body(&content.body, reads_markup().await))
        .icon("recado")
        .hint(Hint::Category("im.received".into()))
        .hint(Hint::DesktopEntry("recado".into()))
        .action("default", content.open);
    if let Some(id) = replaces {
        notification.id(id);
    }
    let problem = match tokio::time::timeout(PATIENCE, notification.show_async()).await {
        Ok(Ok(handle)) => return Some(handle),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the service does not answer".into(),
    };
    TOLD.call_once(|| tracing::warn!(problem, "no system notifications"));
    None
}

async fn reads_markup() -> bool {
    *MARKUP
        .get_or_init(|| async {
            let asked = tokio::task::spawn_blocking(notify_rust::get_capabilities);
            match tokio::time::timeout(PATIENCE, asked).await {
                Ok(Ok(Ok(capabilities))) => capabilities.iter().any(|name| name == "body-markup"),
                _ => false,
            }
        })
        .await
}

/// The text as it was written, whatever the service makes of `<`.
fn body(text: &str, is_markup: bool) -> String {
    if is_markup { text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") } else { text.to_owned() }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
