//! What others see of whether one is there and what one is about.

use recado_tests::{Window, World};

#[tokio::test]
async fn a_presence_and_a_status_are_seen_by_the_other_and_taken_back() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    juan.post(&room, "¿Comemos?").await;
    let (hers, his) = (Window::of(&world, "ana").await, Window::of(&world, "juan").await);
    his.focus().await;
    his.go_to(&room).await;
    his.says("room-list", "Online").await;

    hers.focus().await;
    hers.click("account-menu").await;
    hers.settled().await;
    hers.screenshot("account-menu").await;
    hers.click("presence-dnd").await;
    his.says("room-list", "Do not disturb").await;

    hers.click("account-menu").await;
    hers.click("set-status").await;
    hers.fill("status-text", "En el tren").await;
    hers.click("status-emoji").await;
    hers.fill("emoji-search", "train").await;
    hers.click_on("[data-testid=emoji]".into()).await;
    hers.screenshot("status").await;
    hers.click("status-save").await;
    hers.lacks("status-save").await;
    his.focus().await;
    // As it stands there, however the two windows lie over each other.
    let header = "return document.querySelector('[data-testid=room-title] + p')?.textContent.trim() ?? ''";
    let says = async |wanted: &str| {
        recado_tests::wait::until(format!("the head says {wanted:?}"), async || {
            let text = his.script(header).await.as_str().unwrap_or_default().to_owned();
            if text.to_lowercase().contains(wanted) { Ok(()) } else { Err(text) }
        })
        .await;
    };
    says("do not disturb").await;
    says("en el tren").await;
    his.screenshot("status-of-the-other").await;

    // Taken back, it is gone there too; and who ends is offline.
    hers.focus().await;
    hers.click("account-menu").await;
    hers.click("set-status").await;
    hers.find("[data-testid=status-drop]").await;
    // While the menu goes and the dialog comes, neither can be clicked.
    hers.settled().await;
    hers.click("status-drop").await;
    hers.lacks("status-drop").await;
    hers.click("account-menu").await;
    hers.click("presence-online").await;
    says("online").await;
    let mut hers = hers;
    hers.quit().await;
    says("last seen").await;
    let text = his.script(header).await;
    assert!(!text.as_str().unwrap_or_default().contains("En el tren"), "{text}");
}
