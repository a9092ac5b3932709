//! Finding what was written, by keyboard and by pointer.

use fantoccini::key::Key;
use recado_tests::{Window, World, wait};

const FIRST: &str = "El tren a Zaragoza sale a las nueve";

#[tokio::test]
async fn what_is_searched_for_is_marked_narrowed_down_led_to_and_come_back_from() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let private = ana.room("private", &[&juan]).await;
    juan.post(&room, FIRST).await;
    for number in 1..=120 {
        ana.post(&room, &format!("Un mensaje cualquiera, el {number}")).await;
    }
    ana.post(&room, "¿Y qué tren es el de vuelta?").await;
    juan.post(&private, "Me gusta más ir en tren").await;
    let hers = Window::of(&world, "ana").await;
    hers.go_to(&room).await;
    hers.still().await;

    // In all chats: what is found is marked, in whatever case it was written.
    hers.chord(&[Key::Control, Key::Shift], 'f').await;
    hers.find("[data-testid=search-field]:focus").await;
    hers.keys("TREN").await;
    hits(&hers, &["Me gusta más ir en tren", "¿Y qué tren es el de vuelta?", FIRST]).await;
    let marks = hers.script(
        "return [...document.querySelectorAll('[data-testid=search-hit] mark')].map((mark) => mark.textContent)",
    );
    assert_eq!(marks.await, serde_json::json!(["tren", "tren", "tren"]));
    hers.screenshot("search").await;

    // Narrowed down to what one person wrote, and by one more to one chat.
    hers.keys(" from:juan").await;
    hits(&hers, &["Me gusta más ir en tren", FIRST]).await;
    hers.keys(" in:f").await;
    hers.says("suggestion", "Fútbol").await;
    hers.screenshot("search-filtered").await;
    hers.chord(&[], Key::Enter).await;
    hers.lacks("suggestion").await;
    hits(&hers, &[FIRST]).await;

    // To the hit, far above, and back to where one was.
    hers.chord(&[], Key::Enter).await;
    in_sight(&hers, FIRST).await;
    hers.find("[data-testid=search-pane]").await;
    hers.screenshot("search-led-to").await;
    hers.click("jump-back").await;
    in_sight(&hers, "¿Y qué tren es el de vuelta?").await;
    hers.lacks("jump-back").await;

    // Closed by pointer, one writes on.
    hers.click("close-search").await;
    hers.lacks("search-pane").await;
    hers.find("[data-testid=composer]:focus").await;
}

/// Waits until these are found, the newest first.
async fn hits(window: &Window, wanted: &[&str]) {
    wait::until(format!("{wanted:?} are found"), async || {
        let found = window.texts("search-hit").await;
        let fits = found.len() == wanted.len() && found.iter().zip(wanted).all(|(hit, text)| hit.contains(text));
        if fits { Ok(()) } else { Err(found) }
    })
    .await;
}

/// Waits until a message with that text is wholly on screen.
async fn in_sight(window: &Window, text: &str) {
    let script = "const row = [...document.querySelectorAll('[data-testid=message]')]
        .find((row) => row.querySelector('.text')?.textContent.trim() === arguments[0]);
        if (!row || getComputedStyle(row).visibility !== 'visible') return 'not drawn';
        const { top, bottom } = row.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight";
    wait::until(format!("{text:?} is in sight"), async || {
        let seen = window.script_with(script, vec![text.into()]).await;
        if seen == true { Ok(()) } else { Err(seen) }
    })
    .await;
}
