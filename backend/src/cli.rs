//! The command line: `serve`, and what an admin does beside it.

mod doctor;
mod serve;
mod user;

use std::{io::Write, path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::{
    clock::SystemClock,
    config::Config,
    event::Event,
    store::{Publisher, Store, StoreOptions},
};

/// Messenger server: REST and WebSockets on one port, SQLite and nothing else needed.
#[derive(Debug, Parser)]
#[command(name = "recado-server", version)]
struct Arguments {
    /// The configuration file; by default recado.toml in the data dir.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves until it is told to stop.
    Serve,
    /// Checks configuration, data dir, database, Redis, disk, clock and a running server.
    Doctor,
    /// Accounts, beside a running server too.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Prints the configuration in force, secrets masked.
    Config {
        /// The annotated default file instead.
        #[arg(long)]
        default: bool,
    },
}

/// What ended a command, in words for the admin.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    if let Command::Config { default: true } = arguments.command {
        return finish(print(&Config::default_file()));
    }
    let config = match Config::load(arguments.config) {
        Ok(config) => config,
        Err(error) => return finish(Err(error.into())),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return finish(Err(error.into())),
    };
    // Redis over TLS and the doctor's client take the process' provider.
    let _: Result<(), _> = rustls::crypto::ring::default_provider().install_default();
    match arguments.command {
        Command::Serve => {
            log(&config);
            finish(runtime.block_on(serve::serve(config)))
        }
        Command::Doctor => {
            if runtime.block_on(doctor::doctor(&config)) {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Command::User(command) => finish(runtime.block_on(user::user(&config, command))),
        Command::Config { .. } => finish(print(&config.effective())),
    }
}

fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _: Result<(), _> = writeln!(std::io::stderr(), "recado-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Standard output, where a closed pipe is no crash.
fn print(text: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// JSON on standard error: what happened, never contents or tokens.
fn log(config: &Config) {
    let mut filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    // These write whole frames and statements at their finest levels, whatever the admin asked of us.
    for quiet in ["tungstenite=info", "tokio_tungstenite=info", "hyper=info", "sqlx=info", "redis=info"] {
        filter = filter.add_directive(quiet.parse().expect("a directive of our own"));
    }
    let _: Result<(), _> =
        tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

/// For commands beside a running server: its poller finds in the rows what changed.
#[derive(Debug)]
struct Nobody;

impl Publisher for Nobody {
    fn publish(&self, _: Vec<Event>) {}
}

async fn open_store(config: &Config, publisher: Arc<dyn Publisher>) -> Outcome<Store> {
    std::fs::create_dir_all(&config.data_dir)
        .map_err(|error| format!("the data dir {}: {error}", config.data_dir.display()))?;
    let options = StoreOptions {
        path: config.database.clone(),
        clock: Arc::new(SystemClock),
        publisher,
        max_message_chars: config.limits.max_message_chars,
    };
    Ok(Store::open(options).await.map_err(|error| {
        let cause = error.cause().map(ToString::to_string).unwrap_or_default();
        format!("the database {}: {} ({cause})", config.database.display(), error.detail)
    })?)
}
