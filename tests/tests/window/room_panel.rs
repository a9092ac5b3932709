//! The details of a room beside it, and what the others see of what is changed there.

use recado_tests::{Window, World, wait};

#[tokio::test]
async fn a_room_is_renamed_its_people_get_roles_and_a_link_and_each_has_their_own_colours() {
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

    // A link, by which somebody joins who was not there.
    hers.click("invites").await;
    hers.click("create-invite").await;
    hers.find("[data-testid=invite]").await;
    hers.says("notice", "The link is copied").await;
    let code = hers.script("return document.querySelector('[data-testid=invite]').dataset.code").await;
    hers.screenshot("room-invite-dark").await;
    let eva = world.person("eva").await;
    let path = format!("/invites/{}/join", code.as_str().expect("a code"));
    eva.rest.post(&path, serde_json::json!({})).await.expect(200);
    his.says("timeline", "eva joined").await;
    wait::until("she is among the people", async || match hers.count("participant").await {
        4 => Ok(()),
        count => Err(count),
    })
    .await;

    // Somebody is taken out: the list and the conversation name whom, not who did it.
    hers.click_on("[data-testid=participant][data-username=lucia]".into()).await;
    hers.click("person-remove").await;
    hers.screenshot("room-remove-dark").await;
    hers.click("confirm-yes").await;
    his.says("timeline", "lucia was removed").await;
    his.says("room-item", "lucia was removed").await;

    // Her own colours, which are hers alone.
    hers.click("invites").await;
    hers.click("my-room").await;
    hers.click_on("[data-testid=my-bubble] label:has([data-testid=swatch-purple])".into()).await;
    hers.click_on("[data-testid=my-background] label:has([data-testid=swatch-dots])".into()).await;
    hers.find(".pane[data-colour=purple][data-background=dots]").await;
    hers.screenshot("room-colours-dark").await;
    let his_look = his
        .script("const { colour, background } = document.querySelector('.pane').dataset; return [colour, background]");
    assert_eq!(his_look.await, serde_json::json!([null, null]));
    his.focus().await;
    his.click("room-info").await;
    his.says("info-title", "Fútbol los jueves").await;
    his.screenshot("room-panel").await;
    his.fits("the details").await;
}
