//! The main flows by keyboard alone: no pointer is touched, and what has the focus is always seen.

use fantoccini::key::Key;
use recado_tests::{
    Window, World,
    oracle::{contents, history},
    wait,
    world::PASSWORD,
};

use super::{READ, RECEIVED, SENT};

#[tokio::test]
async fn one_registers_writes_finds_leaves_and_signs_out_by_keyboard_alone() {
    let world = World::new().await;
    let juan = world.person("juan").await;
    let mut ana = Window::new("ana", world.dir.path(), None);
    ana.open().await;
    ana.focus().await;

    // Fields have the focus where one goes on.
    on(&ana, "server-address").await;
    ana.keys(&world.server.url()).await;
    ana.chord(&[], Key::Enter).await;
    on(&ana, "username").await;
    reach(&ana, &[Key::Shift], "mode-create").await;
    ana.chord(&[], Key::Space).await;
    reach(&ana, &[], "username").await;
    ana.keys("ana").await;
    reach(&ana, &[], "password").await;
    ana.keys(PASSWORD).await;
    reach(&ana, &[], "display-name").await;
    ana.keys("Ana Torres").await;
    ana.chord(&[], Key::Enter).await;
    ana.find("[data-testid=room-list]").await;

    // A chat, a message; its answer and a change of one's own.
    reach(&ana, &[], "new-chat").await;
    ana.chord(&[], Key::Enter).await;
    on(&ana, "people-search").await;
    ana.keys("jua").await;
    ana.find("[data-testid=person-result]").await;
    reach(&ana, &[], "person-result").await;
    ana.chord(&[], Key::Enter).await;
    on(&ana, "composer").await;
    ana.keys("Hola").await;
    ana.chord(&[], Key::Enter).await;
    ana.shows(&[("Hola", SENT)]).await;
    let room = juan.rest.get("/rooms").await.expect(200)["rooms"][0]["id"].as_str().expect("a room").to_owned();
    juan.post(&room, "¿Vienes?").await;
    // Who answers has read.
    ana.shows(&[("Hola", READ), ("¿Vienes?", RECEIVED)]).await;
    to_messages(&ana).await;
    ana.chord(&[], 'r').await;
    on(&ana, "composer").await;
    ana.says("composer-reply", "¿Vienes?").await;
    ana.keys("Si").await;
    ana.chord(&[], Key::Enter).await;
    ana.shows(&[("Hola", READ), ("¿Vienes?", RECEIVED), ("Si", SENT)]).await;
    ana.chord(&[], Key::Up).await;
    ana.says("composer-edit", "Si").await;
    ana.chord(&[], Key::Backspace).await;
    ana.keys("í").await;
    ana.chord(&[], Key::Enter).await;
    ana.shows(&[("Hola", READ), ("¿Vienes?", RECEIVED), ("Sí", SENT)]).await;
    on(&ana, "composer").await;

    // A reaction, from the message where one was and back to it.
    to_messages(&ana).await;
    ana.chord(&[], '+').await;
    on(&ana, "quick-reaction").await;
    ana.chord(&[], Key::Right).await;
    ana.chord(&[], Key::Enter).await;
    ana.find("[data-testid=reaction]").await;
    on(&ana, "message").await;
    // Its menu, which Escape leaves for the message.
    ana.chord(&[], Key::Enter).await;
    ana.find("[data-testid=message-menu]").await;
    ana.chord(&[], Key::Escape).await;
    ana.lacks("message-menu").await;
    on(&ana, "message").await;
    ana.chord(&[], Key::Escape).await;
    on(&ana, "composer").await;

    // Search and switcher give the focus back.
    ana.chord(&[Key::Control, Key::Shift], 'f').await;
    on(&ana, "search-field").await;
    ana.keys("hola").await;
    ana.find("[data-testid=search-hit]").await;
    ana.chord(&[], Key::Escape).await;
    on(&ana, "composer").await;
    ana.chord(&[Key::Control], 'k').await;
    on(&ana, "switcher-search").await;
    ana.chord(&[], Key::Escape).await;
    ana.lacks("switcher").await;
    on(&ana, "composer").await;

    // The details, and what opens from them.
    reach(&ana, &[Key::Shift], "room-info").await;
    ana.chord(&[], Key::Enter).await;
    on(&ana, "room-panel").await;
    reach(&ana, &[], "my-room").await;
    ana.chord(&[], Key::Enter).await;
    ana.find("[data-testid=my-favourite]").await;
    ana.chord(&[], Key::Escape).await;
    ana.lacks("room-panel").await;
    on(&ana, "room-info").await;

    // Out of a room, after a question; and back by Undo.
    let group = juan.room("group", &[]).await;
    let id = ana_id(&juan).await;
    juan.rest.post(&format!("/rooms/{group}/participants"), serde_json::json!({"user_id": id})).await.expect(201);
    ana.says("room-item", "Fútbol").await;
    ana.chord(&[Key::Control], 'k').await;
    on(&ana, "switcher-search").await;
    ana.keys("fút").await;
    ana.says("switcher-entry", "Fútbol").await;
    ana.chord(&[], Key::Enter).await;
    ana.says("room-title", "Fútbol").await;
    on(&ana, "composer").await;
    reach(&ana, &[Key::Shift], "room-info").await;
    ana.chord(&[], Key::Enter).await;
    on(&ana, "room-panel").await;
    reach(&ana, &[], "info-leave").await;
    ana.chord(&[], Key::Enter).await;
    on(&ana, "cancel-leave").await;
    reach(&ana, &[], "confirm-leave").await;
    ana.chord(&[], Key::Enter).await;
    ana.says("notice", "You left").await;
    ana.chord(&[Key::Control], 'z').await;
    ana.says("room-title", "Fútbol").await;

    // A draft stays, and one signs out.
    reach(&ana, &[Key::Shift], "account-menu").await;
    ana.chord(&[], Key::Enter).await;
    on(&ana, "presence-online").await;
    ana.chord(&[], Key::End).await;
    on(&ana, "sign-out").await;
    ana.chord(&[], Key::Enter).await;
    ana.find("[data-testid=confirm-sign-out]").await;
    reach(&ana, &[], "confirm-sign-out").await;
    ana.chord(&[], Key::Enter).await;
    ana.find("[data-testid=username], [data-testid=server-address]").await;

    let all = history(&juan.rest, &room).await;
    assert_eq!(contents(&all), ["Hola", "¿Vienes?", "Sí"]);
    assert_eq!(all[2]["reply_to"]["content"], "¿Vienes?");
    assert_eq!(all[1]["reactions"].as_array().map(Vec::len), Some(1), "{}", all[1]);
}

async fn ana_id(juan: &recado_tests::Person) -> String {
    let found = juan.rest.get("/users?q=ana").await.expect(200);
    found["users"][0]["id"].as_str().unwrap_or_else(|| panic!("no id in {found}")).to_owned()
}

/// Waits until what has that `data-testid` has the focus, and sees that it is seen.
async fn on(window: &Window, test_id: &str) {
    wait::until(format!("the focus is on `{test_id}`"), async || {
        let focused = window.focused().await;
        if focused["id"] == test_id && focused["seen"] == true { Ok(()) } else { Err(focused.to_string()) }
    })
    .await;
}

/// Goes on by Tab until what has that `data-testid` has the focus; nothing on the way may have it unseen.
async fn reach(window: &Window, held: &[Key], test_id: &str) {
    let mut way = vec![];
    while way.len() < 40 {
        window.chord(held, Key::Tab).await;
        let focused = window.focused().await;
        assert_eq!(focused["seen"], true, "the focus is on what is not seen: {focused}, after {way:?}");
        if focused["id"] == test_id {
            return;
        }
        way.push(focused.to_string());
    }
    panic!("`{test_id}` is not reached by Tab: {way:#?}");
}

/// From the composer to the messages, where one was among them.
async fn to_messages(window: &Window) {
    reach(window, &[Key::Shift], "message").await;
}
