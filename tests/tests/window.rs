//! The real window: people at two desktops with the real server between them.

use fantoccini::key::Key;
use recado_tests::{
    Desk, Settings, Window, World,
    oracle::{assert_dense, contents, history},
    wait,
    world::PASSWORD,
};

const SENT: &str = "sent";
const READ: &str = "read";
const RECEIVED: &str = "received";

#[tokio::test]
async fn two_people_meet_write_and_are_told() {
    let desk = Desk::here();
    desk.clear_notifications();
    let world = World::new().await;
    let (mut ana, mut juan) = (Window::new("ana", world.dir.path(), None), Window::new("juan", world.dir.path(), None));
    ana.open().await;
    ana.screenshot("welcome").await;
    ana.register(&world.server.url(), "ana", "Ana Torres", None).await;
    juan.open().await.register(&world.server.url(), "juan", "Juan Medina", None).await;
    juan.screenshot("no-chats-yet").await;

    ana.focus().await;
    ana.chat_with("juan").await;
    ana.says("room-title", "Juan Medina").await;
    ana.write("Hola, Juan").await;
    ana.shows(&[("Hola, Juan", SENT)]).await;
    juan.says("room-item", "Ana Torres").await;
    juan.says("badge", "1").await;

    // He reads it: the ticks say so, and the badge goes.
    juan.focus().await;
    juan.click("room-item").await;
    juan.shows(&[("Hola, Juan", RECEIVED)]).await;
    ana.shows(&[("Hola, Juan", READ)]).await;
    juan.lacks("badge").await;

    // Both look: nothing is notified, and each sees the other type.
    juan.fill("composer", "Qué").await;
    ana.says("room-list", "typing").await;
    juan.write("¿Qué tal, Ana?").await;
    ana.shows(&[("Hola, Juan", READ), ("¿Qué tal, Ana?", RECEIVED)]).await;
    juan.screenshot("two-windows").await;

    // She looks elsewhere, he writes: the system tells her, and a click brings her to the room.
    ana.focus().await;
    ana.press(Key::Escape).await;
    ana.lacks("composer").await;
    juan.focus().await;
    desk.clear_notifications();
    juan.write("¿Vienes mañana?").await;
    wait::until("a notification", async || match desk.notifications() {
        1 => Ok(()),
        count => Err(count),
    })
    .await;
    juan.screenshot("notification").await;
    desk.click_notification();
    ana.shows(&[("Hola, Juan", READ), ("¿Qué tal, Ana?", RECEIVED), ("¿Vienes mañana?", RECEIVED)]).await;
    wait::until("her window in front", async || {
        let active = desk.active();
        if active.as_deref() == Ok(ana.id()) { Ok(()) } else { Err(active) }
    })
    .await;
    assert_eq!(desk.last_closed_notification(), ("Juan Medina".into(), "¿Vienes mañana?".into()));
    juan.shows(&[("Hola, Juan", RECEIVED), ("¿Qué tal, Ana?", READ), ("¿Vienes mañana?", READ)]).await;
}

#[tokio::test]
async fn what_is_written_to_a_dead_server_arrives_once_in_order_after_both_were_started_again() {
    let mut world = World::new().await;
    let mut ana = Window::new("ana", world.dir.path(), None);
    ana.open().await.register(&world.server.url(), "ana", "Ana", None).await;
    let juan = world.person("juan").await;
    ana.chat_with("juan").await;
    ana.write("antes").await;
    ana.shows(&[("antes", SENT)]).await;

    world.server.kill();
    ana.find("[data-testid='banner'][data-state='offline']").await;
    for text in ["uno", "dos", "tres"] {
        ana.write(text).await;
    }
    let waiting = [("antes", SENT), ("uno", "sending"), ("dos", "sending"), ("tres", "sending")];
    ana.shows(&waiting).await;
    ana.screenshot("offline").await;

    // She quits, and starts it again while there is no server: signed in, with the room and what waits.
    ana.quit().await;
    ana.open().await;
    ana.says("room-title", "juan").await;
    ana.shows(&waiting).await;
    // And once more, this time without a farewell.
    ana.kill().await;
    world.server.start().await;
    ana.open().await;
    ana.shows(&[("antes", SENT), ("uno", SENT), ("dos", SENT), ("tres", SENT)]).await;
    ana.lacks("banner").await;

    let rooms = juan.rest.get("/rooms").await.expect(200);
    let room = rooms["rooms"][0]["id"].as_str().expect("the room's id").to_owned();
    let all = history(&juan.rest, &room).await;
    assert_eq!(contents(&all), ["antes", "uno", "dos", "tres"]);
    assert_dense(&all);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost() {
    let mut world = World::stopped(Settings::default().with("REGISTRATION", "invite"));
    let mut ana = Window::new("ana", world.dir.path(), None);
    ana.open().await;
    ana.click("submit").await;
    ana.find("[data-testid='field-error']").await;
    ana.fill("server-address", &world.server.url()).await;
    ana.click("submit").await;
    ana.says("field-error", "No answer").await;
    ana.screenshot("unreachable").await;

    world.server.start().await;
    let code = world.server.setup_code().await;
    ana.click("submit").await;
    ana.fill("setup-code", "no").await;
    ana.fill("username", "ana maría").await;
    ana.fill("password", "short").await;
    ana.click("submit").await;
    wait::until("an error at a field", async || {
        let errors = ana.texts("field-error").await;
        if errors.is_empty() { Err(errors) } else { Ok(()) }
    })
    .await;
    ana.screenshot("bad-fields").await;
    let kept = ana.script("return document.querySelector('[data-testid=username]').value").await;
    assert_eq!(kept, "ana maría");
    ana.fill("username", "ana").await;
    ana.fill("password", PASSWORD).await;
    ana.click("submit").await;
    ana.find("[data-testid='setup-code'][aria-invalid]").await;
    ana.fill("setup-code", &code).await;
    ana.click("submit").await;
    ana.find("[data-testid='room-list']").await;

    // Somebody else's desktop: a wrong password.
    world.server.admin(&["user", "add", "juan"], PASSWORD).await.ok();
    let mut juan = Window::new("juan", world.dir.path(), Some(&world.server.url()));
    juan.open().await;
    juan.click("submit").await;
    juan.sign_in("juan", "wrong password").await;
    juan.says("field-error", "password").await;
    juan.sign_in("juan", PASSWORD).await;
    juan.find("[data-testid='room-list']").await;
}

#[tokio::test]
async fn drafts_language_and_offline_are_as_one_left_them() {
    let world = World::new().await;
    let mut ana = Window::new("ana", world.dir.path(), None);
    ana.open().await.register(&world.server.url(), "ana", "Ana", None).await;
    world.person("juan").await;
    ana.chat_with("juan").await;
    ana.write("hola").await;
    ana.shows(&[("hola", SENT)]).await;
    ana.fill("composer", "a medio escribir").await;
    ana.press(Key::Escape).await;
    ana.says("room-item", "Draft: a medio escribir").await;
    ana.click("room-item").await;
    ana.find("[data-testid='composer']").await;
    ana.click("account-menu").await;
    ana.click("language-es").await;
    ana.find("html[lang='es']").await;
    ana.click("account-menu").await;
    ana.click("work-offline").await;
    ana.says("banner", "sin conexión").await;
    ana.screenshot("spanish-offline").await;
    ana.quit().await;

    ana.open().await;
    ana.find("html[lang='es']").await;
    ana.says("banner", "sin conexión").await;
    let draft = ana.script("return document.querySelector('[data-testid=composer]').value").await;
    assert_eq!(draft, "a medio escribir");
    ana.click("go-online").await;
    ana.lacks("banner").await;
    ana.click("send").await;
    ana.shows(&[("hola", SENT), ("a medio escribir", SENT)]).await;
}

#[tokio::test]
async fn a_second_start_of_a_profile_brings_its_window_to_the_front() {
    let desk = Desk::here();
    let world = World::new().await;
    let (mut ana, mut juan) = (Window::new("ana", world.dir.path(), None), Window::new("juan", world.dir.path(), None));
    ana.open().await;
    juan.open().await.focus().await;
    assert_eq!(ana.start_again(&[]).await, Some(0));
    wait::until("her window in front", async || {
        let active = desk.active();
        if active.as_deref() == Ok(ana.id()) { Ok(()) } else { Err(active) }
    })
    .await;
}

#[tokio::test]
async fn a_message_is_answered_edited_and_deleted_by_pointer_and_by_keyboard_alone() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    juan.post(&room, "¿A las ocho?").await;
    let mut hers = Window::new("ana", world.dir.path(), Some(&world.server.url()));
    hers.open().await;
    hers.click("submit").await;
    hers.sign_in("ana", PASSWORD).await;
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
    hers.press_with(Key::Shift, Key::Tab).await;
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
async fn a_conversation_looks_as_meant_in_each_theme_language_and_size() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    for (number, text) in [
        "¿Llegaste bien?",
        "Sí, el tren iba con retraso pero llegó. https://example.org/horarios",
        "👋🎉",
        "A longer one, that has to break over several lines in a narrow window, so that one sees how text sits in a bubble and where the time goes.",
        "مرحبا، كيف حالك؟",
        "Mañana a las nueve entonces.",
    ]
    .into_iter()
    .enumerate()
    {
        let by = if number % 3 == 0 { &juan } else { &ana };
        by.post(&room, text).await;
    }
    let group = juan.room("group", &[&ana]).await;
    juan.post(&group, "¿Quién trae el balón?").await;
    for (name, theme, language) in [("light", "Adwaita", "en_GB.UTF-8"), ("dark", "Adwaita:dark", "es_ES.UTF-8")] {
        let mut window = Window::new(&format!("ana-{name}"), world.dir.path(), Some(&world.server.url()))
            .with("GTK_THEME", theme)
            .with("LANG", language);
        window.open().await;
        window.click("submit").await;
        window.sign_in("ana", PASSWORD).await;
        window.says("badge", "1").await;
        window.click_on(format!("[data-testid='room-item'][data-room='{room}']")).await;
        window.says("room-title", "juan").await;
        let is_dark = window.script("return matchMedia('(prefers-color-scheme: dark)').matches").await;
        assert_eq!(is_dark, name == "dark");
        for width in [360, 720, 1240] {
            window.resize(width, 760).await;
            let is_wider = window.script("return document.documentElement.scrollWidth > innerWidth").await;
            assert_eq!(is_wider, false, "{name}, {width} px: the page scrolls sideways");
            let end = "const list = document.querySelector('[data-testid=timeline]');
                const last = [...document.querySelectorAll('[data-testid=message]')].at(-1);
                if (!last || !last.textContent.includes('nueve entonces')) return 'no last message';
                // Until it is in its place nothing of it is seen.
                if (getComputedStyle(last).visibility !== 'visible') return 'not placed';
                const { top, bottom } = last.getBoundingClientRect();
                return top > 0 && bottom < innerHeight && list.scrollHeight - list.scrollTop - list.clientHeight < 2";
            wait::until("the end of the room is in view", async || match window.script(end).await {
                seen if seen == true => Ok(()),
                seen => Err(seen),
            })
            .await;
            window.screenshot(&format!("conversation-{name}-{width}")).await;
        }
    }
}
