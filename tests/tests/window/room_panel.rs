//! The details of a room beside it, and what the others see of what is changed there.

use recado_tests::{Window, World, wait};

#[tokio::test]
async fn a_room_is_renamed_its_people_get_roles_and_it_gets_a_link() {
    let world = World::new().await;
    let (ana, juan, lucia) = world.three().await;
    let room = ana.room("group", &[&juan, &lucia]).await;
    juan.post(&room, "¿Quién trae el balón?").await;
    ana.post(&room, "Yo. ¿A qué hora?").await;
    let mut hers = Window::new("ana", world.dir.path(), Some(&world.server.url())).with("GTK_THEME", "Adwaita:dark");
    hers.enter("ana").await;
    let his = Window::of(&world, "juan").await;
    his.go_to(&room).await;
    hers.focus().await;
    hers.resize(1_240, 760).await;
    hers.go_to(&room).await;

    hers.click("room-info").await;
    hers.find("[data-testid=room-panel]:focus").await;
    hers.says("info-title", "Fútbol").await;
    assert_eq!(hers.count("participant").await, 3);

    // A role, which the other is told of.
    hers.click_on("[data-testid=participant][data-username=juan]".into()).await;
    hers.click("person-make-admin").await;
    wait::until("he is an admin", async || {
        let rows = hers.texts("participant").await;
        if rows.iter().any(|row| row.starts_with("juan") && row.contains("Admin")) { Ok(()) } else { Err(rows) }
    })
    .await;
    his.says("timeline", "juan has a new role").await;

    // Another name and topic: in the list, in the head, as a line of the conversation.
    hers.click("edit-room").await;
    hers.fill("edit-name", "Fútbol los jueves").await;
    hers.fill("edit-topic", "Trae cada uno su agua").await;
    hers.click_on("[data-testid=edit-colour] label:has([data-testid=swatch-orange])".into()).await;
    hers.screenshot("room-edit-dark").await;
    hers.click("save-room").await;
    hers.says("info-title", "Fútbol los jueves").await;
    hers.says("info-topic", "Trae cada uno su agua").await;
    his.says("room-title", "Fútbol los jueves").await;
    his.says("room-item", "Fútbol los jueves").await;
    his.says("timeline", "The chat is now called Fútbol los jueves").await;

    // A link for who is not there yet.
    hers.click("invites").await;
    hers.click("create-invite").await;
    hers.find("[data-testid=invite]").await;
}
