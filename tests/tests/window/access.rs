//! What the engine tells assistive programs, and what it honours of how a desktop is set.

use recado_tests::{Person, Window, World};
use serde_json::json;

/// Two people, a room of theirs and a window of hers that shows it.
async fn a_conversation(world: &World) -> (Person, Person, String) {
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let first = juan.post(&room, "¿Quién trae el balón?").await;
    ana.post(&room, "Yo. ¿A qué hora?").await;
    let path = format!("/rooms/{room}/messages/{}/reactions/love", first["id"].as_str().expect("an id"));
    ana.rest.put(&path).await.expect(204);
    (ana, juan, room)
}

#[tokio::test]
async fn the_engine_tells_what_is_what_and_what_is_new() {
    let mut world = World::new().await;
    let (_, juan, room) = a_conversation(&world).await;
    let hers = Window::of(&world, "ana").await;
    hers.go_to(&room).await;
    hers.says("message", "Yo. ¿A qué hora?").await;
    for (selector, role, name) in [
        ("main", "main", ""),
        ("[data-testid=room-list]", "navigation", "Chats"),
        (".pane", "region", "Fútbol"),
        ("[data-testid=timeline]", "log", "Messages in Fútbol"),
        ("[data-testid=message]", "article", "juan"),
        ("[data-testid=room-item]", "button", "Fútbol"),
        ("[data-testid=composer]", "textbox", "Message to Fútbol"),
        ("[data-testid=send]", "button", "Send"),
        ("[data-testid=reaction]", "button", "Love"),
        ("[data-testid=room-info]", "button", "Details"),
    ] {
        let (seen, said) = hers.role_and_name(selector).await;
        assert_eq!(seen, role, "{selector}, which is called {said:?}");
        assert!(said.contains(name), "{selector} is called {said:?}, not {name:?}");
    }
    assert_eq!(hers.faults().await, Vec::<String>::new(), "in a room");

    // What comes is said once, politely, and nothing else of the list.
    let live = "return [...document.querySelectorAll('[aria-live=polite], [role=status], [role=alert]')].map((live) => live.textContent.trim())";
    juan.post(&room, "A las ocho").await;
    hers.says("message", "A las ocho").await;
    let said = hers.script(live).await;
    let said: Vec<String> = serde_json::from_value(said).expect("a list of texts");
    assert_eq!(said.iter().filter(|text| text.contains("A las ocho")).count(), 1, "{said:?}");
    assert_eq!(
        hers.script("return document.querySelector('[data-testid=timeline]').getAttribute('aria-live')").await,
        "off"
    );

    // What stands over the window is told as that.
    hers.click("new-chat").await;
    hers.find("[data-testid=person-result]").await;
    assert_eq!(hers.role_and_name("[role=dialog]").await, ("dialog".into(), "New chat".into()));
    assert_eq!(hers.faults().await, Vec::<String>::new(), "in a dialog");
    hers.chord(&[], fantoccini::key::Key::Escape).await;
    hers.lacks("person-result").await;
    hers.click("room-info").await;
    hers.says("info-title", "Fútbol").await;
    assert_eq!(hers.role_and_name("[data-testid=room-panel]").await.0, "complementary");
    assert_eq!(hers.faults().await, Vec::<String>::new(), "in the details");
    hers.click("close-panel").await;
    hers.click("open-search").await;
    hers.fill("search-field", "balón").await;
    hers.find("[data-testid=search-hit]").await;
    assert_eq!(hers.role_and_name("[data-testid=search-pane]").await.0, "search");
    assert_eq!(hers.faults().await, Vec::<String>::new(), "in the search");
    hers.click("close-search").await;

    // A lost connection is said, once, without its seconds.
    world.server.kill();
    hers.find("[data-testid='banner'][data-state='offline']").await;
    recado_tests::wait::until("the loss is said", async || {
        let said = hers.script(live).await;
        let is_said = said.as_array().is_some_and(|all| all.iter().any(|text| text == "Offline, reconnecting…"));
        if is_said { Ok(()) } else { Err(said) }
    })
    .await;
    assert_eq!(hers.faults().await, Vec::<String>::new(), "without a connection");
}

#[tokio::test]
async fn where_nothing_shall_move_nothing_moves() {
    let world = World::new().await;
    let (_, juan, room) = a_conversation(&world).await;
    let mut hers = Window::new("ana", world.dir.path(), Some(&world.server.url())).with_gtk("gtk-enable-animations=0");
    hers.enter("ana").await;
    hers.go_to(&room).await;
    assert_eq!(hers.script("return matchMedia('(prefers-reduced-motion: reduce)').matches").await, true);
    let moving = "return document.getAnimations().filter(({ playState }) => playState === 'running').map(({ effect, animationName, transitionProperty }) =>
        `${effect.target?.className} ${animationName ?? transitionProperty}`)";
    let his = juan.in_room(&room).await;
    let mut his = his;
    his.send(json!({"type": "typing", "is_typing": true})).await;
    hers.find("[data-testid=typing]").await;
    assert_eq!(hers.script(moving).await, json!([]), "while somebody types");
    for (open, shown) in [
        ("new-chat", "people-search"),
        ("open-switcher", "switcher"),
        ("room-info", "room-panel"),
        ("account-menu", "sign-out"),
    ] {
        hers.click(open).await;
        hers.find(&Window::id_of(shown)).await;
        assert_eq!(hers.script(moving).await, json!([]), "with {shown}");
        hers.chord(&[], fantoccini::key::Key::Escape).await;
        hers.lacks(shown).await;
    }
}

#[tokio::test]
async fn at_twice_the_size_nothing_is_cut_and_all_is_in_reach() {
    let world = World::new().await;
    let (_, _, room) = a_conversation(&world).await;
    // As desktops enlarge: each pixel of the page is four of the screen.
    let mut hers = Window::new("ana", world.dir.path(), Some(&world.server.url())).with("GDK_SCALE", "2");
    hers.open().await;
    hers.resize(620, 480).await;
    assert_eq!(hers.script("return devicePixelRatio").await, 2);
    within(&hers, "the question for the server", "submit").await;
    hers.click("submit").await;
    hers.sign_in("ana", recado_tests::world::PASSWORD).await;
    hers.find("[data-testid=room-list]").await;
    within(&hers, "the list", "new-chat").await;
    hers.click("account-menu").await;
    within(&hers, "the account's menu", "sign-out").await;
    hers.screenshot("twice-the-size-menu").await;
    hers.chord(&[], fantoccini::key::Key::Escape).await;
    hers.lacks("sign-out").await;
    hers.click("new-chat").await;
    within(&hers, "a new chat", "use-link").await;
    hers.chord(&[], fantoccini::key::Key::Escape).await;
    hers.lacks("use-link").await;
    hers.go_to(&room).await;
    within(&hers, "a room", "send").await;
    hers.screenshot("twice-the-size-room").await;
    hers.click("room-info").await;
    hers.find("[data-testid=info-leave]").await;
    within(&hers, "the details", "info-leave").await;
    hers.click("edit-room").await;
    within(&hers, "changing a room", "save-room").await;
    hers.screenshot("twice-the-size-dialog").await;
}

/// Asserts that nothing is wider than the window, and that an element can be brought into sight whole.
async fn within(window: &Window, what: &str, test_id: &str) {
    window.find(&Window::id_of(test_id)).await;
    window.fits(what).await;
    let script = "const element = document.querySelector(arguments[0]);
        element.scrollIntoView({ block: 'nearest' });
        const { top, bottom, left, right } = element.getBoundingClientRect();
        const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return [top >= 0, bottom <= innerHeight, left >= 0, right <= innerWidth, element.contains(hit) || hit?.contains(element)]";
    let seen = window.script_with(script, vec![Window::id_of(test_id).into()]).await;
    assert_eq!(
        seen,
        json!([true, true, true, true, true]),
        "{what}: `{test_id}` is not in reach (above, below, left, right, covered)"
    );
}
