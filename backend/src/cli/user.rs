//! `recado-server user …`: works beside a running server, whose sockets follow within two seconds.

use std::{
    fmt::Write as _,
    io::{IsTerminal, Read},
};

use clap::Subcommand;
use recado_protocol::limits;

use super::{Nobody, Outcome, open_store, print};
use crate::{
    auth,
    config::Config,
    store::{Account, Admission, NewUser, Store},
};

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Makes an account; the password comes on standard input.
    Add {
        name: String,
        #[arg(long)]
        admin: bool,
        #[arg(long)]
        display_name: Option<String>,
    },
    /// Lists all accounts.
    List,
    /// Ends all sessions of an account and lets it in no more.
    Disable { name: String },
    /// Sets a new password, which comes on standard input, and ends all sessions.
    ResetPassword { name: String },
}

pub(super) async fn user(config: &Config, command: UserCommand) -> Outcome {
    let store = open_store(config, std::sync::Arc::new(Nobody)).await?;
    let done = carry_out(config, &store, command).await;
    store.close().await;
    done
}

async fn carry_out(config: &Config, store: &Store, command: UserCommand) -> Outcome {
    match command {
        UserCommand::Add { name, admin, display_name } => {
            if !limits::is_username(&name) {
                return Err(format!("{name:?} is no user name: 2 to 32 of A-Z a-z 0-9 . _ -").into());
            }
            let display_name = display_name.unwrap_or_else(|| name.clone());
            let length = display_name.chars().count();
            if !(1..=limits::MAX_DISPLAY_NAME_CHARS).contains(&length) {
                return Err(format!("a display name has 1 to {} characters", limits::MAX_DISPLAY_NAME_CHARS).into());
            }
            let password_hash = password(config).await?;
            let new = NewUser { username: name, display_name, password_hash, is_admin: admin };
            let user = store.register(new, Admission { by_command: true, ..Admission::default() }).await?;
            print(&format!("{} {}\n", user.id, user.username))
        }
        UserCommand::List => {
            let mut list = String::new();
            for (user, is_disabled) in store.all_accounts().await? {
                let admin = if user.is_admin == Some(true) { " admin" } else { "" };
                let disabled = if is_disabled { " disabled" } else { "" };
                writeln!(list, "{} {} {:?}{admin}{disabled}", user.id, user.username, user.display_name)?;
            }
            print(&list)
        }
        UserCommand::Disable { name } => {
            let account = account(store, &name).await?;
            store.disable(account.user.id).await?;
            print(&format!("{} is disabled\n", account.user.username))
        }
        UserCommand::ResetPassword { name } => {
            let account = account(store, &name).await?;
            let password_hash = password(config).await?;
            store.set_password(account.user.id, password_hash, None).await?;
            print(&format!("{} has a new password\n", account.user.username))
        }
    }
}

async fn account(store: &Store, name: &str) -> Outcome<Account> {
    Ok(store.account(name).await?.ok_or_else(|| format!("there is no account {name:?}"))?)
}

/// The hash of what stands on standard input, without the end of its line; a person at a terminal is asked, unseen and twice.
async fn password(config: &Config) -> Outcome<String> {
    let password = if std::io::stdin().is_terminal() {
        let password = rpassword::prompt_password("Password: ")?;
        if rpassword::prompt_password("Again: ")? != password {
            return Err("the two passwords differ; nothing was changed".into());
        }
        password
    } else {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text)?;
        text.trim_end_matches(['\r', '\n']).to_owned()
    };
    if !limits::PASSWORD_CHARS.contains(&password.chars().count()) {
        return Err("a password has 8 to 256 characters; it is read from standard input".into());
    }
    Ok(auth::hash_password(config.argon2_memory_kib, password).await?)
}
