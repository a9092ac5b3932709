//! Without a server, and over quits and kills.

use fantoccini::key::Key;
use recado_tests::{
    Window, World,
    oracle::{assert_dense, contents, history},
};

use super::SENT;

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
