//! Real keyrings: gnome-keyring on a session bus of its own, unlocked, locked, asleep and absent.
//!
//! The library looks for a keyring once a process, by the environment. So each story runs in processes of their own: this
//! test program again, asked for the one test `steps`, which does what `RECADO_TEST_STEPS` says.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use super::*;

/// How the child's session looks.
#[derive(Clone, Copy, Debug)]
enum Desk {
    /// With a keyring that was opened by its password at login.
    Unlocked,
    /// With a keyring that starts when asked, without a password and without a display to ask for it.
    Asleep,
    /// A bus on which nobody is.
    NoService,
    NoBus,
}

/// Starts a session, does the steps in one process in it, answers what each gave.
fn session(desk: Desk, dir: &Path, steps: &str) -> Vec<String> {
    let (home, config) = (dir.join("home"), dir.join("bus.conf"));
    fs::create_dir_all(&home).unwrap();
    fs::write(
        &config,
        "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context=\"default\">\
         <allow send_destination=\"*\"/><allow eavesdrop=\"false\"/><allow own=\"*\"/></policy></busconfig>",
    )
    .unwrap();
    let program = std::env::current_exe().unwrap();
    let mut command = match desk {
        Desk::NoBus => Command::new(&program),
        Desk::NoService => {
            let mut command = Command::new("dbus-run-session");
            command.arg("--config-file").arg(&config).arg("--").arg(&program);
            command
        }
        Desk::Asleep => {
            let mut command = Command::new("dbus-run-session");
            command.arg("--").arg(&program);
            command
        }
        Desk::Unlocked => {
            let mut command = Command::new("dbus-run-session");
            let script =
                "printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null; exec \"$0\" \"$@\"";
            command.args(["--", "sh", "-c", script]).arg(&program);
            command
        }
    };
    let output = command
        .args(["--exact", "secrets::tests::steps", "--ignored", "--nocapture"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", &home)
        .env("XDG_RUNTIME_DIR", &home)
        .env("RECADO_TEST_PROFILE", dir.join("profile"))
        .env("RECADO_TEST_STEPS", steps)
        .stdin(Stdio::null())
        .output()
        .expect("dbus-daemon (dbus-run-session) is installed");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{desk:?}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
    text.lines().filter_map(|line| line.strip_prefix("> ")).map(str::to_owned).collect()
}

#[ignore = "the other tests run it in processes of its own"]
#[tokio::test]
async fn steps() {
    let dir = std::env::var("RECADO_TEST_PROFILE").expect("started by one of the other tests");
    let secrets = Secrets::open(Path::new(&dir), "ana").unwrap();
    let say = |answer: Result<(), SecretError>| match answer {
        Ok(()) => "done".to_owned(),
        Err(SecretError::Locked(lock)) => format!("{lock:?}"),
        Err(error) => format!("{error}"),
    };
    println!();
    for step in std::env::var("RECADO_TEST_STEPS").unwrap().split_whitespace() {
        let (verb, word) = step.split_once('=').unwrap_or((step, ""));
        let answer = match verb {
            "get" => match secrets.get("session").await {
                Ok(Some(value)) => String::from_utf8_lossy(&value).into_owned(),
                Ok(None) => "nothing".to_owned(),
                Err(error) => say(Err(error)),
            },
            "set" => say(secrets.set("session", word.as_bytes()).await),
            "delete" => say(secrets.delete("session").await),
            "retry" => say(secrets.unlock(None).await),
            "unlock" => say(secrets.unlock(Some(word)).await),
            "vault" => say(secrets.create_vault(word).await),
            other => panic!("no step {other}"),
        };
        println!("> {answer}");
    }
}

#[test]
fn an_unlocked_keyring_keeps_secrets_and_a_locked_one_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let answers = session(Desk::Unlocked, dir.path(), "get set=one set=two get delete delete get set=three");
    assert_eq!(answers, ["nothing", "done", "done", "two", "done", "done", "nothing", "done"]);
    assert_eq!(session(Desk::Unlocked, dir.path(), "get retry"), ["three", "done"], "after a restart");

    // The same keyring, but nobody gave its password.
    assert_eq!(session(Desk::Asleep, dir.path(), "get retry"), ["KeyringLocked", "KeyringLocked"]);

    // The value is nowhere in plain sight, and another directory's profile of the same name does not see it.
    assert!(!dir.path().join("profile/vault").exists());
    fs::remove_dir_all(dir.path().join("profile")).unwrap();
    assert_eq!(session(Desk::Unlocked, dir.path(), "get"), ["nothing"]);
}

#[test]
fn a_keyring_that_never_had_a_password_is_not_trusted() {
    let dir = tempfile::tempdir().unwrap();
    let answers = session(Desk::Asleep, dir.path(), "get set=one");
    for answer in &answers {
        assert!(matches!(answer.as_str(), "KeyringLocked" | "NeedsNewPassphrase"), "{answers:?}");
    }
    assert_eq!(answers.len(), 2);
}

#[test]
fn without_a_keyring_a_vault_takes_its_place() {
    for desk in [Desk::NoService, Desk::NoBus] {
        let dir = tempfile::tempdir().unwrap();
        let answers = session(desk, dir.path(), "get set=one retry vault=short vault=contraseña set=one get");
        let lock = "NeedsNewPassphrase";
        let weak = SecretError::WeakPassphrase.to_string();
        assert_eq!(answers, [lock, lock, lock, &weak, "done", "done", "one"], "{desk:?}");

        let wrong = SecretError::WrongPassphrase.to_string();
        let answers = session(desk, dir.path(), "get retry unlock=contrasena unlock=contraseña get retry delete get");
        let lock = "NeedsPassphrase";
        assert_eq!(answers, [lock, lock, &wrong, "done", "one", "done", "done", "nothing"], "{desk:?}");
    }
    // From now on the vault is asked, even where there is a keyring.
    let dir = tempfile::tempdir().unwrap();
    session(Desk::NoBus, dir.path(), "vault=contraseña set=one");
    assert_eq!(session(Desk::Unlocked, dir.path(), "get unlock=contraseña get"), ["NeedsPassphrase", "done", "one"]);
}
