//! Against a notification service on a session bus of its own: a mock that remembers what it was asked and sends the signals
//! that a click would cause.
//!
//! The bus is found by the environment, so each story runs in a process of its own: this test program again, asked for one of
//! the ignored tests.

use std::{process::Command, time::Duration};

use recado_protocol::Seq;
use tokio::time::{Instant, sleep};

use super::*;

/// Runs an ignored test of this program on a fresh bus, with or without a service on it.
fn on_a_bus(story: &str, has_service: bool) {
    let service =
        if has_service { "/usr/bin/python3 -m dbusmock --template notification_daemon >/dev/null & " } else { "" };
    let dir = tempfile::tempdir().unwrap();
    // A bus that starts nothing by itself, so that what is installed here does not matter.
    let config = dir.path().join("bus.conf");
    std::fs::write(
        &config,
        "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context=\"default\">\
         <allow send_destination=\"*\"/><allow eavesdrop=\"false\"/><allow own=\"*\"/></policy></busconfig>",
    )
    .unwrap();
    let output = Command::new("dbus-run-session")
        .arg("--config-file")
        .arg(&config)
        .args(["--", "sh", "-c", &format!("{service}\"$0\" \"$@\"; code=$?; kill $! 2>/dev/null; exit $code")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &format!("notifications::freedesktop::tests::{story}"), "--ignored", "--nocapture"])
        .output()
        .expect("dbus-daemon (dbus-run-session) is installed");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "the story ran: {text}");
}

fn call(method: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new("gdbus")
        .args(["call", "--session", "--dest", "org.freedesktop.Notifications"])
        .args(["--object-path", "/org/freedesktop/Notifications", "--method", method])
        .args(arguments)
        .output()
        .expect("gdbus is installed");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The service's memory of calls to `method`, once there are `count` of them.
async fn calls(method: &str, count: usize) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let seen = call("org.freedesktop.DBus.Mock.GetMethodCalls", &[method]);
        match seen {
            Some(seen) if seen.matches("[<").count() >= count => return seen,
            _ => assert!(Instant::now() < deadline, "{method} was not called {count} times: {seen:?}"),
        }
        sleep(Duration::from_millis(20)).await;
    }
}

fn content(body: &str, seq: Seq) -> Content {
    Content { title: "Luz".into(), body: body.into(), open: "Open", seq }
}

#[ignore = "run by another test on a bus of its own"]
#[tokio::test]
async fn replaced_and_clicked() {
    calls("Notify", 0).await;
    let (changes, inbox) = mpsc::channel(8);
    let shown = tokio::spawn(show(content("hola", 7), inbox));
    calls("Notify", 1).await;
    changes.send(Change::Replace(content("otra", 8))).await.unwrap();
    let seen = calls("Notify", 2).await;
    assert!(seen.contains("'hola'") && seen.contains("'otra'") && seen.contains("'default', 'Open'"), "{seen}");
    assert!(seen.contains("<uint32 1>"), "the second takes the place of the first: {seen}");
    // Sent again until it is heard: the notification is on the bus a moment before its owner listens.
    let deadline = Instant::now() + Duration::from_secs(20);
    while !shown.is_finished() {
        assert!(Instant::now() < deadline, "the click was not heard");
        let signal = ["org.freedesktop.Notifications", "ActionInvoked", "us", "[<uint32 1>, <'default'>]"];
        call("org.freedesktop.DBus.Mock.EmitSignal", &signal);
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(shown.await.unwrap(), Outcome::Clicked(8));
}

#[ignore = "run by another test on a bus of its own"]
#[tokio::test]
async fn withdrawn() {
    calls("Notify", 0).await;
    let (changes, inbox) = mpsc::channel(8);
    let shown = tokio::spawn(show(content("hola", 7), inbox));
    calls("Notify", 1).await;
    changes.send(Change::Withdraw).await.unwrap();
    assert_eq!(shown.await.unwrap(), Outcome::Closed);
    let seen = calls("CloseNotification", 1).await;
    assert!(seen.contains("[<1>]") || seen.contains("[<uint32 1>]"), "{seen}");
}

#[ignore = "run by another test on a bus of its own"]
#[tokio::test]
async fn unheard() {
    let (_changes, inbox) = mpsc::channel(8);
    assert_eq!(show(content("hola", 7), inbox).await, Outcome::Closed);
}

#[test]
fn a_click_tells_the_place_of_the_newest_message() {
    on_a_bus("replaced_and_clicked", true);
}

#[test]
fn what_was_read_elsewhere_is_taken_away() {
    on_a_bus("withdrawn", true);
}

#[test]
fn without_a_service_nothing_breaks() {
    on_a_bus("unheard", false);
}

#[test]
fn a_message_is_never_markup() {
    assert_eq!(body("<b>a</b> & b", true), "&lt;b&gt;a&lt;/b&gt; &amp; b");
    assert_eq!(body("<b>a</b> & b", false), "<b>a</b> & b");
}
