//! The Recado desktop program: a thin shell around `recado-core`.
//!
//! ```text
//! args           command line                        links           recado:// links, and links that leave
//! shell          what the commands act on            commands        the table of what the window may ask for
//! window         the one window and the tray         notifications   the system's notifications
//! log            where the program's log goes        preferences     what the user chose
//! ```
//!
//! The profile is opened while the window is made, so neither waits for the other. Rules are in the core; what is decided here
//! is only how this system shows things.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod args;
mod clipboard;
mod commands;
mod links;
mod log;
mod notifications;
mod preferences;
mod shell;
mod window;

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::Parser as _;
use recado_core::{
    client::{Client, ClientOptions, Timing},
    clock::SystemClock,
    secrets::Secrets,
    view::{Failure, FailureCode},
};
use tauri::{AppHandle, Manager as _, RunEvent, async_runtime};
use tokio::sync::watch;

use crate::{args::Args, shell::Shell};

/// Exit code when another process uses the profile and cannot be asked to come to the front.
const PROFILE_IN_USE: i32 = 3;

/// How long the last writes may take at the end.
const FAREWELL: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let args = Args::parse();
    let profile_dir = match args.profile_dir() {
        Ok(dir) => dir,
        Err(error) => {
            eprintln!("recado: {error}");
            return ExitCode::from(2);
        }
    };
    log::start(&profile_dir.join("logs"));
    tracing::info!(version = env!("CARGO_PKG_VERSION"), profile = %args.profile, "starting");

    let (opened, client) = watch::channel(None);
    let options = client_options(&args, &profile_dir);
    let opening = async_runtime::spawn(async move {
        match options {
            Ok(options) => Client::open(options).await,
            Err(failure) => Err(failure),
        }
    });

    let mut context = tauri::generate_context!();
    let instance = args::instance_id(&profile_dir);
    if !cfg!(target_os = "linux") {
        // There the plugin goes by the identifier alone, and each profile is an instance of its own.
        context.config_mut().identifier.clone_from(&instance);
    }
    let single_instance = tauri_plugin_single_instance::Builder::new().dbus_id(instance).callback(on_second_start);
    let window_state = tauri_plugin_window_state::Builder::new()
        .with_filename(profile_dir.join("window.json").to_string_lossy())
        .with_state_flags(window::kept_state());
    let link = args.link.clone();
    let app = tauri::Builder::default()
        .plugin(single_instance.build())
        .plugin(window_state.build())
        .invoke_handler(commands::handler())
        .setup(move |app| {
            app.manage(Shell::new(app.handle().clone(), client, args.profile.clone()));
            window::open(app.handle(), &profile_dir.join("webview"))?;
            let app = app.handle().clone();
            async_runtime::spawn(async move {
                let outcome = opening.await.unwrap_or_else(|error| {
                    Err(Failure::new(FailureCode::Internal, format!("the core could not be opened: {error}")))
                });
                if let Err(failure) = &outcome {
                    tracing::error!(%failure, "the profile cannot be opened");
                    if failure.code == FailureCode::Conflict {
                        eprintln!("recado: {}. Close it, or choose another one with --profile.", failure.message);
                        app.exit(PROFILE_IN_USE);
                        return;
                    }
                }
                opened.send_replace(Some(outcome));
                let shell = app.state::<Shell>();
                shell.after_open().await;
                if let Some(link) = link {
                    shell.follow(&link).await;
                }
            });
            Ok(())
        })
        .build(context);
    match app {
        Ok(app) => {
            end_on_signals(app.handle().clone());
            ExitCode::from(u8::try_from(app.run_return(|app, event| on_event(app, &event))).unwrap_or(1))
        }
        Err(error) => {
            tracing::error!(%error, "the window system cannot be used");
            eprintln!("recado: {error}");
            ExitCode::FAILURE
        }
    }
}

fn client_options(args: &Args, profile_dir: &std::path::Path) -> Result<ClientOptions, Failure> {
    Ok(ClientOptions {
        profile_dir: profile_dir.to_owned(),
        server: args.server.clone(),
        secrets: Arc::new(Secrets::open(profile_dir, &args.profile)?),
        clock: Arc::new(SystemClock),
        device: args::device_name(),
        timing: Timing::default(),
    })
}

/// Somebody started the program again for this profile: that process ends, and this one comes to the front.
fn on_second_start(app: &AppHandle, words: Vec<String>, _directory: String) {
    let link = Args::try_parse_from(words).ok().and_then(|args| args.link);
    let app = app.clone();
    async_runtime::spawn(async move {
        window::show_and_focus(&app);
        if let (Some(shell), Some(link)) = (app.try_state::<Shell>(), link) {
            shell.follow(&link).await;
        }
    });
}

fn on_event(app: &AppHandle, event: &RunEvent) {
    match event {
        // Only macOS hands links over like this.
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            let (app, urls) = (app.clone(), urls.clone());
            async_runtime::spawn(async move {
                for url in urls {
                    app.state::<Shell>().follow(url.as_str()).await;
                }
            });
        }
        RunEvent::Exit => {
            if let Some(shell) = app.try_state::<Shell>() {
                async_runtime::block_on(async {
                    if tokio::time::timeout(FAREWELL, shell.shutdown()).await.is_err() {
                        tracing::warn!("not everything was closed in time");
                    }
                });
            }
        }
        _ => {}
    }
}

/// Being asked to end by the system is like closing the window.
fn end_on_signals(app: AppHandle) {
    #[cfg(unix)]
    async_runtime::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        app.exit(0);
    });
    #[cfg(not(unix))]
    drop(app);
}
