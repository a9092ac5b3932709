//! `recado-cli`: Recado in a terminal and in scripts, on the same core, profiles and keyring as the window. One process a
//! profile, so not beside a window of the same one.

mod companion;
mod follow;

use std::{
    io::{BufRead, IsTerminal},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::{Parser, Subcommand};
use recado_core::{
    client::{Client, ClientOptions, Timing},
    clock::SystemClock,
    secrets::{SecretStore, Secrets},
    view::{Connection, Failure, FailureCode, Lock, NewAccount, RoomItem, Session},
};
use recado_protocol::{ChatType, RoomId};

/// How long a command that needs the server waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Parser)]
#[command(version, about = "Recado in a terminal")]
struct Args {
    /// Keeps a separate account and cache.
    #[arg(long, default_value = "default")]
    profile: String,
    /// Where profiles are kept.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The server to sign in at.
    #[arg(long)]
    server: Option<String>,
    /// A file with the passphrase of the vault, where there is no keyring; or set `RECADO_PASSPHRASE`.
    #[arg(long)]
    vault_passphrase_file: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Signs in; the password comes on standard input.
    Login { username: String },
    /// Makes an account; the password comes on standard input.
    Register {
        username: String,
        #[arg(long)]
        display_name: Option<String>,
        #[arg(long)]
        invite: Option<String>,
        #[arg(long)]
        setup_code: Option<String>,
    },
    /// Ends the session and wipes what is kept here.
    Logout,
    /// Sends a message and waits until the server has it.
    Send {
        /// A room's name or id, or `@user`.
        room: String,
        text: String,
    },
    /// Prints messages as they come.
    Tail {
        /// A room's name or id, or `@user`; all rooms without it.
        room: Option<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Lists rooms, the last active one first.
    Rooms,
    /// Keeps somebody company who tries Recado alone: reads, types, answers.
    Companion,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("RECADO_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("recado-cli: {}", failure.message);
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Failure> {
    let base = match &args.data_dir {
        Some(dir) => std::path::absolute(dir).map_err(|error| problem(format!("{}: {error}", dir.display())))?,
        None => directories::ProjectDirs::from("chat", "Recado", "Recado")
            .ok_or_else(|| problem("there is no home directory; give --data-dir"))?
            .data_dir()
            .to_owned(),
    };
    let profile_dir = base.join(&args.profile);
    let secrets: Arc<dyn SecretStore> = Arc::new(Secrets::open(&profile_dir, &args.profile)?);
    let client = Client::open(ClientOptions {
        profile_dir,
        server: args.server.clone(),
        secrets,
        clock: Arc::new(SystemClock),
        device: "recado-cli".into(),
        timing: Timing::default(),
    })
    .await?;
    let result = act(&client, args).await;
    client.shutdown().await;
    result
}

async fn act(client: &Client, args: Args) -> Result<(), Failure> {
    let passphrase = passphrase(args.vault_passphrase_file.as_ref())?;
    unlock(client, passphrase.as_deref()).await?;
    match args.action {
        Action::Login { username } => {
            let server = server(client, args.server).await?;
            if let Session::SignedIn { me, .. } = client.session().await? {
                return Err(problem(format!("{} is signed in; log out first", me.username)));
            }
            client.sign_in(&server, &username, &password()?).await?;
            online(client).await?;
            println!("Signed in as {username} at {server}.");
        }
        Action::Register { username, display_name, invite, setup_code } => {
            let server = server(client, args.server).await?;
            let account =
                NewAccount { username: username.clone(), password: password()?, display_name, invite, setup_code };
            client.register(&server, account).await?;
            online(client).await?;
            println!("Made {username} at {server} and signed in.");
        }
        Action::Logout => client.sign_out().await?,
        Action::Send { room, text } => {
            let room = find(client, &room).await?;
            follow::send(client, room, text).await?;
        }
        Action::Tail { room, json } => {
            let room = match room {
                Some(room) => Some(find(client, &room).await?),
                None => None,
            };
            signed_in(client).await?;
            follow::tail(client, room, json).await?;
        }
        Action::Rooms => {
            signed_in(client).await?;
            // Fresh if the server can be reached soon, else what is known.
            let _ = tokio::time::timeout(Duration::from_secs(3), online(client)).await;
            for room in client.startup().await?.rooms {
                let last = room.last_message.as_ref().map_or("", |last| last.content.as_str());
                let who = room.peer.as_ref().map(|peer| format!(" (@{})", peer.username)).unwrap_or_default();
                println!("{}\t{}{who}\t{}\t{last}", room.id, room.title, room.unread);
            }
        }
        Action::Companion => {
            signed_in(client).await?;
            companion::run(client).await?;
        }
    }
    Ok(())
}

fn problem(message: impl Into<String>) -> Failure {
    Failure::new(FailureCode::InvalidRequest, message)
}

/// Opens the vault, or makes it, where there is no keyring.
async fn unlock(client: &Client, passphrase: Option<&str>) -> Result<(), Failure> {
    let Session::Locked { lock } = client.session().await? else { return Ok(()) };
    match (lock, passphrase) {
        (Lock::NeedsNewPassphrase | Lock::KeyringLocked, Some(passphrase)) => client.create_vault(passphrase).await,
        (Lock::NeedsPassphrase, Some(passphrase)) => client.unlock(Some(passphrase.to_owned())).await,
        (Lock::CacheUnreadable, _) => client.rebuild_cache().await,
        (_, None) => Err(problem(
            "the keyring cannot be used here; give the vault's passphrase by --vault-passphrase-file or RECADO_PASSPHRASE",
        )),
    }
}

fn passphrase(file: Option<&PathBuf>) -> Result<Option<String>, Failure> {
    match file {
        Some(file) => {
            let text =
                std::fs::read_to_string(file).map_err(|error| problem(format!("{}: {error}", file.display())))?;
            Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
        None => Ok(std::env::var("RECADO_PASSPHRASE").ok()),
    }
}

/// The server's address as it is used, after a look whether it is there.
async fn server(client: &Client, given: Option<String>) -> Result<String, Failure> {
    let known = match client.session().await? {
        Session::SignedOut { server, .. } => server,
        Session::SignedIn { server, .. } => Some(server),
        Session::Locked { .. } => None,
    };
    let server = given.or(known).ok_or_else(|| problem("give the server by --server"))?;
    Ok(client.check_server(&server).await?.url)
}

fn password() -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password("Password: ").map_err(|error| problem(error.to_string()));
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|error| problem(error.to_string()))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

async fn signed_in(client: &Client) -> Result<(), Failure> {
    match client.session().await? {
        Session::SignedIn { .. } => Ok(()),
        _ => Err(Failure::new(FailureCode::SignedOut, "nobody is signed in; log in first")),
    }
}

/// Waits until everything that was missed is here.
async fn online(client: &Client) -> Result<(), Failure> {
    let mut events = client.events();
    let wait = async {
        while client.connection().await? != Connection::Online {
            if events.next().await.is_none() {
                break;
            }
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| Err(Failure::new(FailureCode::Unreachable, "the server cannot be reached")))
}

/// A room by its id, its name, or `@user`; a private room is made if there is none.
async fn find(client: &Client, wanted: &str) -> Result<RoomId, Failure> {
    signed_in(client).await?;
    if let Some(room) = known(client, wanted).await? {
        return Ok(room);
    }
    online(client).await?;
    if let Some(room) = known(client, wanted).await? {
        return Ok(room);
    }
    let Some(username) = wanted.strip_prefix('@') else {
        return Err(Failure::new(FailureCode::NotFound, format!("no room is called {wanted:?}")));
    };
    let people = client.search_people(username).await?;
    let person = people
        .iter()
        .find(|person| person.username.eq_ignore_ascii_case(username))
        .ok_or_else(|| Failure::new(FailureCode::NotFound, format!("nobody is called {wanted}")))?;
    client.create_room(None, ChatType::Private, vec![person.id]).await
}

async fn known(client: &Client, wanted: &str) -> Result<Option<RoomId>, Failure> {
    let rooms = client.startup().await?.rooms;
    let is_wanted = |room: &&RoomItem| match wanted.strip_prefix('@') {
        Some(username) => room.peer.as_ref().is_some_and(|peer| peer.username.eq_ignore_ascii_case(username)),
        None => room.id.to_string() == wanted || room.title.to_lowercase() == wanted.to_lowercase(),
    };
    Ok(rooms.iter().find(is_wanted).map(|room| room.id))
}
