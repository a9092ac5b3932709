//! The system's clipboard. A web view lets the page write it only within a click, and not once a server has answered.

use recado_core::view::{Failure, FailureCode};
use tauri::AppHandle;
use tokio::sync::oneshot;

/// Copies a text.
pub(crate) async fn write(app: &AppHandle, text: String) -> Result<(), Failure> {
    let refused = |error: String| Failure::new(FailureCode::Internal, format!("the clipboard refused: {error}"));
    let (done, written) = oneshot::channel();
    // Toolkits want it from the thread of the windows.
    let sent = app.run_on_main_thread(move || {
        // Who asked may have gone; the text is copied all the same.
        let _nobody_waits = done.send(write_now(&text));
    });
    sent.map_err(|error| refused(error.to_string()))?;
    written.await.map_err(|error| refused(error.to_string()))?.map_err(refused)
}

#[cfg(target_os = "linux")]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may be refused")]
fn write_now(text: &str) -> Result<(), String> {
    gtk::Clipboard::get(&gtk::gdk::SELECTION_CLIPBOARD).set_text(text);
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn write_now(text: &str) -> Result<(), String> {
    let mut clipboard = arboard::Clipboard::new().map_err(|error| error.to_string())?;
    clipboard.set_text(text).map_err(|error| error.to_string())
}
