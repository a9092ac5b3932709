//! How it looks: themes, languages, sizes, what is written to break it.

use recado_tests::{Window, World, wait};

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
        window.enter("ana").await;
        window.says("badge", "1").await;
        window.go_to(&room).await;
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

/// What Markdown can do here, and what is written to break a page.
fn written() -> Vec<String> {
    let zalgo = "Z\u{351}\u{36b}\u{343}\u{36a}\u{302}\u{36b}\u{33d}\u{34f}\u{334}\u{319}\u{324}\u{31e}\u{349}\u{35a}a\u{36b}\u{350}\u{33f}lgo ".repeat(8);
    vec![
        "**negrita**, *cursiva*, ~~tachado~~, `código` y ||el final: muere el mayordomo||".into(),
        "> Lo dijo ella\n> > y antes él\n\nPues no.".into(),
        "1. leche\n2. pan\n   - de centeno\n\n- [ ] nada más".into(),
        "| Día | Quién | Qué trae |\n|---|---|---|\n| lunes | Ana | el balón, las redes, y a su hermano si se encuentra mejor |\n| martes | Juan | agua |".into(),
        format!("```rust\nfn main() {{\n    let line = \"{}\";\n}}\n```", "larga ".repeat(40)),
        "\u{202e}gnp.exe \u{2066}\u{2067} https://example.org/\u{202e}gpj.exe".into(),
        zalgo,
        "w".repeat(10_000),
        "😀👩🏽‍🚀🇪🇸".repeat(333),
        format!("{} en el fondo", ">".repeat(200)),
        format!("{}hondo{}", "**_".repeat(300), "_**".repeat(300)),
        format!("|{}\n|{}\n|{}", " a |".repeat(120), "---|".repeat(120), " b |".repeat(120)),
        "\u{feff}\u{200b}\u{200b}".into(),
        "\n".repeat(5) + "tras cinco líneas" + &"\n".repeat(500) + "y quinientas",
        "Mañana a las nueve entonces.".into(),
    ]
}

#[tokio::test]
async fn what_is_written_to_break_the_page_stays_in_its_place() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let (room, private) = (ana.room("group", &[&juan]).await, ana.room("private", &[&juan]).await);
    for (place, text) in written().iter().enumerate() {
        for room in [&room, &private] {
            let by = if place % 4 == 0 { &ana } else { &juan };
            by.rest.post(&format!("/rooms/{room}/messages"), serde_json::json!({"content": text})).await;
        }
        // The line in the list tells each of them in turn.
        if place == 0 {
            ana.rest
                .patch(&format!("/rooms/{room}"), serde_json::json!({"name": "\u{202e}".to_owned() + &"Ẃ".repeat(90)}))
                .await
                .expect(200);
        }
    }
    for (name, theme) in [("light", "Adwaita"), ("dark", "Adwaita:dark")] {
        let mut window =
            Window::new(&format!("ana-{name}"), world.dir.path(), Some(&world.server.url())).with("GTK_THEME", theme);
        window.enter("ana").await;
        for (kind, room) in [("room", &room), ("bubbles", &private)] {
            window.go_to(room).await;
            for width in [1_100, 360] {
                window.resize(width, 760).await;
                window.still().await;
                window.fits(&format!("the end of the {kind} in {name} at {width} px")).await;
                window.screenshot(&format!("hostile-{kind}-{name}-{width}-end")).await;
                // Up to the first, by what a wheel does.
                let up = "const list = document.querySelector('[data-testid=timeline]'); list.scrollTop = Math.max(0, list.scrollTop - 600); return list.scrollTop";
                let mut steps = 0;
                while window.script(up).await != 0 {
                    window.still().await;
                    window.fits(&format!("the {kind} in {name} at {width} px")).await;
                    steps += 1;
                    assert!(steps < 100, "the {kind} has no beginning");
                }
                window.still().await;
                window.screenshot(&format!("hostile-{kind}-{name}-{width}-start")).await;
            }
            window.resize(1_100, 760).await;
            let heights = window
                .script(
                    "return [...document.querySelectorAll('[data-testid=room-item]')].map((row) => row.offsetHeight)",
                )
                .await;
            assert_eq!(heights, serde_json::json!([60, 60]), "rows of the list in {name}");
        }
        // Hidden until one asks for it.
        let hidden = "return getComputedStyle(document.querySelector('[data-testid=spoiler] span')).visibility";
        assert_eq!(window.script(hidden).await, "hidden");
        window.click("spoiler").await;
        window.says("spoiler", "muere el mayordomo").await;
        window.screenshot(&format!("markup-{name}")).await;
    }
}
