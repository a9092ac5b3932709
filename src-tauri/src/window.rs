//! The one window, made here and not in the configuration, because its data directory is the profile's; and the tray.
//!
//! It is shown at once, on the page's own ground: the system takes a quarter of a second to paint a page into a window that is
//! new to it, and does most of that while the page is loaded.

use std::{panic::AssertUnwindSafe, path::Path};

use tauri::{
    AppHandle, Manager as _, Theme, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
    image::Image,
    menu::{Menu, MenuItem},
    tray::TrayIconBuilder,
    webview::NewWindowResponse,
    window::Color,
};
use tauri_plugin_window_state::StateFlags;

use crate::{preferences::Language, shell::Shell};

const LABEL: &str = "main";

/// The page's own grounds (`surface` in `ui/src/styles/tokens.css`), for the moment before it has painted.
const LIGHT: Color = Color(253, 252, 250, 255);
const DARK: Color = Color(27, 26, 24, 255);

/// What of the window is kept from start to start: not whether it is visible, for it is shown at every start.
pub(crate) fn kept_state() -> StateFlags {
    StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED
}

/// Makes the window.
pub(crate) fn open(app: &AppHandle, data_dir: &Path) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Recado")
        .inner_size(1100.0, 760.0)
        .min_inner_size(360.0, 480.0)
        .visible(false)
        .data_directory(data_dir.to_owned())
        .background_color(LIGHT)
        // The page is all that is ever shown; links go through `open_link`.
        .on_navigation(|url| matches!((url.scheme(), url.host_str()), ("tauri", _) | ("http", Some("tauri.localhost"))))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    // The desktop portal tells the theme; where there is none, GTK's own variable is what the page goes by.
    let is_dark_by_name = std::env::var("GTK_THEME").is_ok_and(|name| name.ends_with(":dark"));
    if is_dark_by_name || window.theme().is_ok_and(|theme| theme == Theme::Dark) {
        window.set_background_color(Some(DARK))?;
    }
    let handle = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::Focused(focused) = event {
            let (app, focused) = (handle.clone(), *focused);
            if let Some(shell) = app.try_state::<Shell>() {
                shell.set_window_focus(focused);
            }
        }
    });
    window.show()
}

fn window(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(LABEL)
}

/// Brings the window to the person.
pub(crate) fn show_and_focus(app: &AppHandle) {
    let Some(window) = window(app) else { return };
    let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window cannot be brought to the front");
    }
}

/// Puts the icon into the tray. Where there is no tray it is not seen, and nothing depends on it.
pub(crate) fn add_tray(app: &AppHandle, language: Language) {
    let app = app.clone();
    let handle = app.clone();
    let build = move || -> tauri::Result<()> {
        let (open, quit) = match language {
            Language::En => ("Open Recado", "Quit"),
            Language::Es => ("Abrir Recado", "Salir"),
        };
        let open = MenuItem::with_id(&handle, "open", open, true, None::<&str>)?;
        let quit = MenuItem::with_id(&handle, "quit", quit, true, None::<&str>)?;
        TrayIconBuilder::with_id("main")
            .icon(Image::from_bytes(include_bytes!("../icons/tray.png"))?)
            .icon_as_template(true)
            .tooltip("Recado")
            .menu(&Menu::with_items(&handle, &[&open, &quit])?)
            .on_menu_event(|app, event| match event.id().as_ref() {
                "open" => show_and_focus(app),
                "quit" => app.exit(0),
                _ => {}
            })
            .build(&handle)
            .map(drop)
    };
    let on_main = app.run_on_main_thread(move || {
        // Without the indicator library the binding panics instead of answering.
        match std::panic::catch_unwind(AssertUnwindSafe(build)) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::info!(%error, "no tray"),
            Err(_) => tracing::info!("no tray: its library is not installed"),
        }
    });
    if let Err(error) = on_main {
        tracing::info!(%error, "no tray");
    }
}
