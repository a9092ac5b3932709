//! Registration, two people at two desktops, what the system tells of them.

use fantoccini::key::Key;
use recado_tests::{Desk, Settings, Window, World, wait, world::PASSWORD};

use super::{READ, RECEIVED, SENT};

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
