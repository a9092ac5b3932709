//! What `cargo xtask bench` measures with, and the limits that it compares with: the server beside a bare broadcast, the window
//! beside a window with the same picture as static HTML, the cache beside its budget.
//!
//! The server's load is an open loop: messages are due at fixed times whatever the server does, and latency counts from when a message was due, so
//! that a server which stalls cannot hide it. Every copy is checked: nothing lost, doubled or out of order. Server and
//! generator share the machine's cores, and so do the peers: figures compare only within one run.

mod bare;
mod cache;
mod figures;
mod load;
mod recado;
mod shape;
mod spread;
#[cfg(target_os = "linux")]
mod window;

use clap::{Parser, Subcommand};
use shape::Shape;

#[derive(Debug, Parser)]
#[command(about = "Measures Recado's server and window beside the least that could do the same")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves a peer: a bare axum broadcast without storage, accounts or rules.
    Bare {
        /// When what is written goes out: message by message as in axum's own example, or all that waits at once.
        #[arg(long, value_enum)]
        flushes: bare::Flushes,
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: String,
    },
    /// Measures delivery latency at a steady rate, then the highest rate in each shape, for each server.
    Server {
        /// The `recado-server` binary.
        #[arg(long)]
        server: std::path::PathBuf,
        /// Seconds of load at each rate.
        #[arg(long, default_value_t = 4)]
        seconds: u64,
        /// Runs of each measurement; the median is told.
        #[arg(long, default_value_t = 3)]
        runs: usize,
        /// Shapes as ROOMSxMEMBERS.
        #[arg(long, value_delimiter = ',', default_value = "1x50,100x10")]
        shapes: Vec<Shape>,
        /// Write the figures as JSON there.
        #[arg(long)]
        json: Option<std::path::PathBuf>,
    },
    /// Measures the client's cache with a million messages, which are kept in the folder for temporary files.
    Cache {
        /// Calls of each kind.
        #[arg(long, default_value_t = 200)]
        runs: usize,
        /// Write the figures as JSON there.
        #[arg(long)]
        json: Option<std::path::PathBuf>,
    },
    /// Measures the window's start and memory, by turns with a static one; needs a display, a session bus and a keyring.
    #[cfg(target_os = "linux")]
    Window {
        #[command(flatten)]
        programs: window::Programs,
        /// Starts of each window after the one that warms up.
        #[arg(long, default_value_t = 20)]
        runs: usize,
        /// Write the figures as JSON there.
        #[arg(long)]
        json: Option<std::path::PathBuf>,
    },
    /// Takes the static window's page from Recado's own, after its look changed; needs WebKitWebDriver too.
    #[cfg(target_os = "linux")]
    Page {
        #[command(flatten)]
        programs: window::Programs,
        /// The folder of `body.html` and `inline.css`.
        #[arg(long, default_value = "bench/static-window/page")]
        to: std::path::PathBuf,
    },
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Before the figures on standard output; what comes earlier is progress.
const FIGURES: &str = "Figures:";

/// Tells the figures, and keeps them for other programs if asked to.
fn tell(table: &str, figures: &impl serde::Serialize, json: Option<std::path::PathBuf>) -> Outcome<()> {
    println!("{FIGURES}\n{table}");
    if let Some(path) = json {
        std::fs::write(path, serde_json::to_string_pretty(figures)?)?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Outcome<()> {
    // Fails only when somebody was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Cli::parse().command {
        Command::Bare { listen, flushes } => bare::serve(&listen, flushes).await?,
        Command::Server { server, seconds, runs, shapes, json } => {
            let figures = figures::measure(&server, seconds, runs, &shapes).await?;
            tell(&figures.table(), &figures, json)?;
            if !figures.is_sound() {
                return Err("messages were lost, doubled or out of order".into());
            }
        }
        Command::Cache { runs, json } => {
            let figures = cache::measure(runs).await?;
            tell(&figures.table(), &figures, json)?;
        }
        #[cfg(target_os = "linux")]
        Command::Window { programs, runs, json } => {
            let figures = window::measure(&programs, runs).await?;
            tell(&figures.table(), &figures, json)?;
        }
        #[cfg(target_os = "linux")]
        Command::Page { programs, to } => window::page::write(&programs, &to).await?,
    }
    Ok(())
}
