//! The load generator behind `cargo xtask bench server`, and the limit that it compares with.
//!
//! Open loop: messages are due at fixed times whatever the server does, and latency counts from when a message was due, so
//! that a server which stalls cannot hide it. Every copy is checked: nothing lost, doubled or out of order. Server and
//! generator share the machine's cores, and so do the peers: figures compare only within one run.

mod bare;
mod figures;
mod load;
mod recado;
mod shape;

use clap::{Parser, Subcommand};
use shape::Shape;

#[derive(Debug, Parser)]
#[command(about = "Measures a Recado server beside a bare WebSocket broadcast")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the limit: a bare axum broadcast without storage, accounts or rules.
    Bare {
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: String,
    },
    /// Measures delivery latency at a steady rate, then the highest rate in each shape, for both servers.
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
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    match Cli::parse().command {
        Command::Bare { listen } => bare::serve(&listen).await?,
        Command::Server { server, seconds, runs, shapes, json } => {
            let figures = figures::measure(&server, seconds, runs, &shapes).await?;
            println!("{}", figures.table());
            if let Some(path) = json {
                std::fs::write(path, serde_json::to_string_pretty(&figures)?)?;
            }
            if !figures.is_sound() {
                return Err("messages were lost, doubled or out of order".into());
            }
        }
    }
    Ok(())
}
