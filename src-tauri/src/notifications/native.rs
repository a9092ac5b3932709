//! macOS and Windows: the library waits on a thread of its own, and a notification that is shown can be neither replaced nor
//! taken away; the system's own centre keeps it.

use notify_rust::Notification;
use tokio::sync::{mpsc, oneshot};

use super::{Change, Content, Outcome};

/// Shows it until it is clicked, closed or withdrawn.
pub(super) async fn show(mut content: Content, mut changes: mpsc::Receiver<Change>) -> Outcome {
    let mut clicked = send(&content);
    loop {
        tokio::select! {
            answer = &mut clicked => {
                return if answer == Ok(true) { Outcome::Clicked(content.seq) } else { Outcome::Closed };
            }
            change = changes.recv() => match change {
                Some(Change::Replace(next)) => {
                    content = next;
                    clicked = send(&content);
                }
                Some(Change::Withdraw) | None => return Outcome::Closed,
            },
        }
    }
}

fn send(content: &Content) -> oneshot::Receiver<bool> {
    let (told, answer) = oneshot::channel();
    let mut notification = Notification::new();
    notification.appname("Recado").summary(&content.title).body(&content.body).action("default", content.open);
    std::thread::spawn(move || match notification.show() {
        Ok(handle) => {
            let mut is_click = false;
            handle.wait_for_action(|action| is_click = action == "default");
            let _ = told.send(is_click);
        }
        Err(error) => tracing::warn!(%error, "no system notification"),
    });
    answer
}
