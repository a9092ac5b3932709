//! What one does to messages, and what the others see of it.

use fantoccini::key::Key;
use recado_tests::{
    Window, World,
    oracle::{contents, history},
    wait,
};

use super::{READ, RECEIVED, SENT};

#[tokio::test]
async fn a_message_is_answered_edited_and_deleted_by_pointer_and_by_keyboard_alone() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    juan.post(&room, "¿A las ocho?").await;
    let hers = Window::of(&world, "ana").await;
    hers.click("room-item").await;
    hers.shows(&[("¿A las ocho?", RECEIVED)]).await;

    // By pointer: the bar that appears over the message, then the quote above the composer.
    hers.hover("[data-testid=message]").await;
    hers.click("action-reply").await;
    hers.says("composer-reply", "¿A las ocho?").await;
    hers.screenshot("answering").await;
    hers.write("Mejor a las nuve").await;
    hers.shows(&[("¿A las ocho?", RECEIVED), ("Mejor a las nuve", SENT)]).await;
    hers.says("quote", "¿A las ocho?").await;

    // By keyboard: Up in the empty composer edits the last own message.
    hers.press(Key::Up).await;
    hers.says("composer-edit", "").await;
    hers.write("Mejor a las nueve").await;
    hers.shows(&[("¿A las ocho?", RECEIVED), ("Mejor a las nueve", SENT)]).await;
    hers.lacks("composer-edit").await;
    // Shown at once, it is on its way.
    let all = wait::until("the edit has arrived", async || {
        let all = history(&juan.rest, &room).await;
        if contents(&all) == ["¿A las ocho?", "Mejor a las nueve"] { Ok(all) } else { Err(all) }
    })
    .await;
    assert_eq!((&all[1]["is_edited"], &all[1]["reply_to"]["content"]), (&true.into(), &"¿A las ocho?".into()));

    // Back with Shift+Tab to the messages, and Delete; it is held back while it can be undone.
    hers.chord(&[Key::Shift], Key::Tab).await;
    hers.press(Key::Delete).await;
    hers.find("[data-testid=undo]").await;
    hers.screenshot("deleting").await;
    wait::until("it is deleted for everyone", async || {
        let all = history(&juan.rest, &room).await;
        if all[1]["is_deleted"] == true { Ok(()) } else { Err(all) }
    })
    .await;
    hers.lacks("undo").await;
    hers.shows(&[("¿A las ocho?", RECEIVED), ("", SENT)]).await;
}

#[tokio::test]
async fn a_mention_is_completed_by_keyboard_and_calls_the_other() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let room = ana.room("group", &[&juan, &lucia]).await;
    juan.post(&room, "¿Quién trae el balón?").await;
    let hers = Window::of(&world, "ana").await;
    let his = Window::of(&world, "juan").await;
    hers.focus().await;
    hers.go_to(&room).await;
    hers.find("[data-testid=composer]:focus").await;
    hers.keys("Lo trae @").await;
    hers.find("[data-testid=suggestion][aria-selected=true]").await;
    hers.screenshot("mention-completion").await;
    hers.keys("ju").await;
    hers.says("suggestion", "juan").await;
    wait::until("he alone is offered", async || match hers.count("suggestion").await {
        1 => Ok(()),
        count => Err(count),
    })
    .await;
    hers.chord(&[], Key::Enter).await;
    hers.lacks("suggestion").await;
    hers.keys("como siempre").await;
    let typed = hers.script("return document.querySelector('[data-testid=composer]').value").await;
    assert_eq!(typed, "Lo trae @juan como siempre");
    hers.chord(&[], Key::Enter).await;
    hers.says("mention", "@juan").await;

    his.says("mention-badge", "1 mention").await;
    his.screenshot("mention-badge").await;
    his.focus().await;
    his.go_to(&room).await;
    his.find("[data-testid=mention].me").await;
    his.lacks("mention-badge").await;
    his.screenshot("mention").await;
}

#[tokio::test]
async fn messages_are_pinned_reacted_to_and_asked_about_from_their_menu() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    juan.post(&room, "La llave está en la maceta").await;
    ana.post(&room, "¿A las ocho?").await;
    let (hers, his) = (Window::of(&world, "ana").await, Window::of(&world, "juan").await);
    his.focus().await;
    his.go_to(&room).await;
    hers.go_to(&room).await;
    hers.shows(&[("La llave está en la maceta", RECEIVED), ("¿A las ocho?", READ)]).await;
    hers.focus().await;
    let (first, second) = (row(&hers, 0).await, row(&hers, 1).await);

    // Any emoji, by what it is called.
    hers.hover(&first).await;
    hers.click_on(format!("{first} [data-testid=action-react]")).await;
    hers.screenshot("quick-reactions").await;
    hers.click("more-emoji").await;
    hers.fill("emoji-search", "rocket").await;
    hers.screenshot("emoji-picker").await;
    hers.click("emoji").await;
    for window in [&hers, &his] {
        window.says("reaction", "🚀 1").await;
    }

    // Pinned for both, with a bar that leads there and a list.
    menu(&hers, &first, "menu-pin").await;
    for window in [&hers, &his] {
        window.says("pinned-bar", "La llave está en la maceta").await;
    }
    hers.lacks("message-menu").await;
    menu(&hers, &second, "menu-pin").await;
    his.says("pinned-bar", "¿A las ocho?").await;
    his.says("pinned-all", "2").await;
    his.focus().await;
    his.click("pinned-all").await;
    his.says("pinned-message", "La llave está en la maceta").await;
    his.screenshot("pins").await;
    his.press(Key::Escape).await;
    his.lacks("pinned-message").await;
    his.find("[data-testid=composer]:focus").await;

    // What it said before, and who has read it.
    hers.focus().await;
    hers.click("composer").await;
    hers.press(Key::Up).await;
    hers.find("[data-testid=composer-edit]").await;
    hers.write("¿A las nueve?").await;
    hers.click("edited").await;
    hers.says("versions", "¿A las ocho?").await;
    hers.says("versions", "¿A las nueve?").await;
    hers.screenshot("edit-history").await;
    hers.press(Key::Escape).await;
    hers.lacks("versions").await;
    menu(&hers, &second, "menu-read-by").await;
    hers.says("reader", "juan").await;
    hers.screenshot("read-by").await;
    hers.press(Key::Escape).await;
    hers.lacks("reader").await;

    // Deleted, and taken back before anybody is told.
    menu(&hers, &second, "menu-delete").await;
    hers.shows(&[("La llave está en la maceta", RECEIVED), ("", READ)]).await;
    hers.click("undo").await;
    hers.shows(&[("La llave está en la maceta", RECEIVED), ("¿A las nueve?", READ)]).await;
    his.shows(&[("La llave está en la maceta", READ), ("¿A las nueve?", RECEIVED)]).await;
    let all = history(&juan.rest, &room).await;
    assert_eq!(contents(&all), ["La llave está en la maceta", "¿A las nueve?"]);
}

/// A selector of the message that stands at that place.
async fn row(window: &Window, place: usize) -> String {
    let script = "return document.querySelectorAll('[data-testid=message]')[arguments[0]].dataset.key";
    let key = window.script_with(script, vec![place.into()]).await;
    format!("[data-testid=message][data-key='{}']", key.as_str().expect("a key"))
}

/// Chooses from the menu of a message, by pointer.
async fn menu(window: &Window, row: &str, item: &str) {
    window.hover(row).await;
    window.click_on(format!("{row} [data-testid=action-more]")).await;
    window.find("[data-testid=message-menu]").await;
    if item == "menu-pin" {
        window.screenshot("message-menu").await;
    }
    window.click(item).await;
}
