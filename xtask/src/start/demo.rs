//! The demo: people and rooms that are made once, Luz who answers, and a profile that is signed in.

use std::{collections::HashMap, fs, io::Write, process::Stdio, time::Duration};

use serde_json::{Value, json};

use super::{Place, conversation, running::Running, server::program};
use crate::{error::Outcome, family::Family, http, stop};

/// Of every demo account. They exist only on a server that nobody but this computer reaches.
const PASSWORD: &str = "recado-demo";

/// The companion's profile.
const LUZ: &str = "luz";

/// What one may do next.
pub(crate) fn hint(name: &str) -> String {
    let other = if name == "juan" { "ana" } else { "juan" };
    format!(
        "Write to Luz: she answers. A second window, from another terminal: `cargo xtask start --profile {other}`.\n\
         Every demo account ({}) has the password {PASSWORD}.",
        conversation::PEOPLE.map(|person| person.username).join(", ")
    )
}

/// Makes what is missing and signs the profile in, so that the window only has to open.
pub(crate) fn prepare(family: &mut Family, place: &Place, running: &Running, name: &str) -> Outcome<()> {
    if !conversation::PEOPLE.iter().any(|person| person.username == name) {
        return Err(format!(
            "There is no `{name}` in the demo; `cargo xtask start --profile {name}` without it makes a new one."
        )
        .into());
    }
    // The version counts up when the conversation changes; what is there already is recognised by its client ids.
    let stamp = place.folder.join("conversation.json");
    let kept: Value =
        fs::read_to_string(&stamp).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let made = if kept["version"] == conversation::VERSION {
        kept
    } else {
        println!("Making people, rooms and a conversation.");
        let made = json!({ "version": conversation::VERSION, "rooms": seed(&running.server)? });
        fs::write(&stamp, made.to_string())?;
        made
    };
    if sign_in(place, running, name)? {
        remember_room(place, name, &made["rooms"])?;
    }
    if name != LUZ && !is_companion_running(place) {
        sign_in(place, running, LUZ)?;
        let mut command = client(place, running, LUZ);
        family.start("The companion", command.arg("companion"), &place.log(LUZ)?)?;
    }
    Ok(())
}

/// Whether somebody holds Luz's profile: the start that this one joins.
fn is_companion_running(place: &Place) -> bool {
    let lock = fs::File::options().write(true).open(place.profiles().join(LUZ).join("lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock)))
}

fn client(place: &Place, running: &Running, name: &str) -> std::process::Command {
    let mut command = program(place, "recado-cli");
    command.args(["--profile", name, "--server", &running.server]).arg("--data-dir").arg(place.profiles());
    if let Some(desk) = &running.desk {
        command.envs(desk.environment());
    }
    command
}

/// Signs a profile in by the command line client, which shares profiles and keyring with the window: so the refresh token is
/// where the window looks for it, and nowhere else. Once for a server address; whether it was this time.
fn sign_in(place: &Place, running: &Running, name: &str) -> Outcome<bool> {
    let stamp = place.profiles().join(format!("{name}.signed-in"));
    if fs::read_to_string(&stamp).is_ok_and(|server| server == running.server) {
        return Ok(false);
    }
    println!("Signing in as {name}.");
    let folder = place.profiles().join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(place.profiles())?;
    let mut command = client(place, running, name);
    command.args(["login", name]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut family = Family::default();
    let log = place.log(&format!("sign-in-{name}"))?;
    let output = fs::File::create(&log)?;
    command.stdout(output.try_clone()?).stderr(output);
    family.start_with("Signing in", &mut command, &log, |child| {
        let mut input = child.stdin.take().ok_or("the command line client takes no password")?;
        Ok(writeln!(input, "{PASSWORD}")?)
    })?;
    let gone = stop::wait_for(Duration::from_mins(1), || family.first_gone())?;
    match gone {
        Some(gone) if gone.status.success() => Ok(fs::write(&stamp, &running.server).map(|()| true)?),
        Some(gone) => Err(gone.story().into()),
        None => Err(format!("Signing in as {name} took longer than a minute; is a keyring's dialog open?").into()),
    }
}

/// Makes the room on top of the list the one that was open last, so that the window opens with a conversation in it.
fn remember_room(place: &Place, name: &str, rooms: &Value) -> Outcome<()> {
    let rooms = rooms.as_array().into_iter().flatten();
    let Some(room) = rooms.rev().find(|room| room["members"].as_array().is_some_and(|all| all.contains(&name.into())))
    else {
        return Ok(());
    };
    let path = place.profiles().join(name).join("profile.json");
    let mut profile: Value = serde_json::from_str(&fs::read_to_string(&path)?)
        .map_err(|error| format!("{} is damaged: {error}", path.display()))?;
    profile["last_room"] = room["id"].clone();
    Ok(fs::write(&path, profile.to_string())?)
}

/// Somebody's own words to the server.
struct Voice {
    id: String,
    token: String,
}

/// Makes accounts, rooms and messages that are not there yet. Returns the rooms with their members.
fn seed(server: &str) -> Outcome<Vec<Value>> {
    let mut voices = HashMap::new();
    let mut rooms = Vec::new();
    for person in conversation::PEOPLE {
        voices.insert(person.username, account(server, &person)?);
    }
    for room in conversation::rooms() {
        let voice = |name: &str| voices.get(name).ok_or_else(|| format!("nobody is called {name}"));
        let owner = voice(room.members[0])?;
        let others = room.members[1..].iter().map(|name| Ok(&voice(name)?.id)).collect::<Outcome<Vec<_>>>()?;
        let mut body = json!({ "chat_type": room.chat_type, "participants": others });
        if !room.name.is_empty() {
            body["name"] = room.name.into();
            body["client_id"] = format!("demo-{}", room.key).into();
        }
        let made = ask("POST", server, "/rooms", &owner.token, Some(&body))?;
        let path = format!("/rooms/{}", text(&made, "id")?);
        rooms.push(json!({ "id": made["id"], "members": room.members }));
        let mut ids = Vec::new();
        for (number, line) in room.lines.iter().enumerate() {
            let mut body = json!({ "content": line.text, "client_id": format!("demo-{}-{number}", room.key) });
            if let Some(back) = line.answers {
                body["reply_to"] = ids.get(number.wrapping_sub(back)).cloned().unwrap_or_default();
            }
            let sent = ask("POST", server, &format!("{path}/messages"), &voice(line.by)?.token, Some(&body))?;
            let id = text(&sent, "id")?;
            for (name, reaction) in line.reactions {
                let reaction = encode(reaction);
                ask("PUT", server, &format!("{path}/messages/{id}/reactions/{reaction}"), &voice(name)?.token, None)?;
            }
            ids.push(Value::from(id));
        }
        for (name, unread) in room.unread {
            // Everybody else has read all of it.
            let seq = room.lines.len() - unread;
            if seq == 0 {
                continue;
            }
            ask("POST", server, &format!("{path}/read"), &voice(name)?.token, Some(&json!({ "seq": seq })))?;
        }
        for name in room.members.iter().filter(|name| room.unread.iter().all(|(reader, _)| reader != *name)) {
            ask(
                "POST",
                server,
                &format!("{path}/read"),
                &voice(name)?.token,
                Some(&json!({ "seq": room.lines.len() })),
            )?;
        }
    }
    Ok(rooms)
}

/// Makes the account, or signs in to it.
fn account(server: &str, person: &conversation::Person) -> Outcome<Voice> {
    let body = json!({ "username": person.username, "password": PASSWORD, "display_name": person.display_name });
    let mut answer = http::request("POST", server, "/api/v1/auth/register", None, Some(&body))?;
    if answer.status == 409 {
        answer = http::request("POST", server, "/api/v1/auth/login", None, Some(&body))?;
    }
    if answer.status >= 300 {
        return Err(format!("No account for {}: {} {}", person.username, answer.status, answer.body).into());
    }
    Ok(Voice { id: text(&answer.body["user"], "id")?, token: text(&answer.body, "access_token")? })
}

/// A call that waits when it is told that it is too fast.
fn ask(method: &str, server: &str, path: &str, token: &str, body: Option<&Value>) -> Outcome<Value> {
    let path = format!("/api/v1{path}");
    let done = stop::wait_for(Duration::from_mins(1), || {
        let answer = http::request(method, server, &path, Some(token), body)?;
        match answer.status {
            200..=299 => Ok(Some(answer.body)),
            429 => Ok(None),
            status => Err(format!("{method} {path} was refused: {status} {}", answer.body).into()),
        }
    })?;
    Ok(done.ok_or_else(|| format!("{method} {path} was put off for a minute"))?)
}

fn text(value: &Value, name: &str) -> Outcome<String> {
    Ok(value[name].as_str().map(str::to_owned).ok_or_else(|| format!("the server's answer has no {name}: {value}"))?)
}

/// For a path: everything but letters and digits as percent signs and hexadecimal digits.
fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_fits_into_a_path() {
        assert_eq!(encode("golazo"), "golazo");
        assert_eq!(encode("👍"), "%F0%9F%91%8D");
    }
}
