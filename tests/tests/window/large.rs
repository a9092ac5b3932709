//! Years of conversation: a room of a hundred thousand messages, a list of two thousand rooms.

use fantoccini::key::Key;
use recado_tests::{Person, Window, World, filled::fill, json, wait};

const MESSAGES: u32 = 100_000;
const ROOMS: u32 = 2_000;
const MIDDLE: u32 = 50_000;

/// A window of 800 px shows some twenty rows; the rest is in reach of the next movement.
const MOST_MESSAGES: usize = 70;
const MOST_ROOMS: usize = 40;

/// In the page: the drawn messages that are wholly above what is seen, the nearest first.
const ABOVE: &str = "const frame = document.querySelector('[data-testid=timeline]').getBoundingClientRect();
    const above = [...document.querySelectorAll('[data-testid=message]')]
        .filter((row) => row.getBoundingClientRect().bottom <= frame.top).reverse();";

#[tokio::test]
async fn a_hundred_thousand_messages_and_two_thousand_rooms_are_light_and_in_reach() {
    let mut world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let model = ana.room("group", &[&juan]).await;
    juan.post(&model, "¿Quién trae el balón?").await;
    fill(&mut world, &room, MESSAGES, &model, ROOMS).await;
    for place in [1, MIDDLE] {
        juan.post(&room, &format!("recado://room/{room}/{place}")).await;
    }
    let hers = Window::of(&world, "ana").await;
    hers.focus().await;
    hers.resize(1_000, 700).await;
    let mut large = Large { world, ana, juan, room, model, hers };
    large.the_list_is_light().await;
    large.all_of_it_is_in_reach().await;
    large.what_is_read_stays().await;
}

struct Large {
    world: World,
    ana: Person,
    juan: Person,
    room: String,
    model: String,
    hers: Window,
}

impl Large {
    async fn the_list_is_light(&self) {
        let Self { hers, .. } = self;
        let script =
            "const list = document.querySelector('[data-testid=room-list] > div'); return list?.scrollHeight ?? 0";
        wait::until("all rooms in the list", async || {
            let height = hers.script(script).await.as_u64().unwrap_or_default();
            if height >= u64::from(ROOMS) * 64 { Ok(()) } else { Err(height) }
        })
        .await;
        self.rows("room-item", MOST_ROOMS).await;
        // By keyboard to the end and back.
        hers.script("document.querySelector('[data-testid=room-item][tabindex=\"0\"]').focus()").await;
        hers.chord(&[], Key::End).await;
        hers.find("[data-testid=room-item]:focus").await;
        hers.says("room-item", &format!("Fútbol {ROOMS}")).await;
        self.rows("room-item", MOST_ROOMS).await;
        hers.screenshot("two-thousand-rooms").await;
        hers.chord(&[], Key::Home).await;
        hers.find(&format!("[data-testid=room-item][data-room='{}']:focus", self.room)).await;
    }

    async fn all_of_it_is_in_reach(&self) {
        let Self { hers, room, .. } = self;
        hers.go_to(room).await;
        hers.says("message", "Message in").await;
        hers.still().await;
        self.rows("message", MOST_MESSAGES).await;
        self.go("1").await;
        self.shows("1: ").await;
        assert_eq!(hers.count("older").await, 0, "above the first message there is nothing");
        hers.screenshot("the-first-of-a-hundred-thousand").await;
        hers.click("to-newest").await;
        self.go(&MIDDLE.to_string()).await;
        self.shows(&format!("{MIDDLE}: ")).await;
        self.rows("message", MOST_MESSAGES).await;
        hers.screenshot("the-middle-of-a-hundred-thousand").await;
    }

    async fn what_is_read_stays(&mut self) {
        let post = |text: &'static str| self.juan.post(&self.room, text);
        let hers = &self.hers;
        let key = hers.message_at(0.5).await;

        hers.stays("a message below", &key, async {
            post("¿Y esto?").await;
            hers.says("to-newest", "1").await;
        })
        .await;

        // What is above grows: a long edit, a reaction, something that gets its height late.
        let above = self.above().await;
        hers.stays(
            "an edit above",
            &key,
            self.grows(&above, async |large: &Self| {
                let content = "Mucho más largo que antes.\n\n".repeat(12);
                let path = format!("/rooms/{}/messages/{above}", large.room);
                let [first, second] =
                    [&large.ana, &large.juan].map(|person| person.rest.patch(&path, json!({"content": content})));
                let (first, second) = (first.await, second.await);
                assert!([first.status, second.status].contains(&200), "{first:?} {second:?}");
            }),
        )
        .await;
        let above = self.above().await;
        hers.stays(
            "a reaction above",
            &key,
            self.grows(&above, async |large: &Self| {
                large
                    .juan
                    .rest
                    .put(&format!("/rooms/{}/messages/{above}/reactions/love", large.room))
                    .await
                    .expect(204);
            }),
        )
        .await;
        let above = self.above().await;
        hers.stays(
            "a picture above",
            &key,
            self.grows(&above, async |large: &Self| {
                let script = "document.querySelector(`[data-key='${arguments[0]}']`).style.minHeight = '900px'";
                large.hers.script_with(script, vec![above.clone().into()]).await;
            }),
        )
        .await;

        self.older_ones_come().await;
        let hers = &self.hers;
        for (width, height) in [(1_000, 560), (1_000, 700), (820, 700), (1_240, 700), (1_000, 700)] {
            let key = hers.message_at(0.0).await;
            hers.stays(&format!("a window of {width} × {height}"), &key, hers.resize(width, height)).await;
        }
        hers.screenshot("after-all-that-came").await;
        self.is_come_back_to().await;
    }

    /// From the very top, where nothing above could be scrolled to; the server waits until one is there.
    async fn older_ones_come(&mut self) {
        let Self { hers, world, .. } = self;
        let first = "const rows = [...document.querySelectorAll('[data-testid=message]')];
            return Math.min(...rows.map((row) => parseInt(row.querySelector('.text').textContent)).filter(Number.isFinite))";
        let server = &*world.server.process();
        server.signal("STOP");
        hers.script("document.querySelector('[data-testid=timeline]').scrollTop = 0").await;
        hers.still().await;
        let key = hers.message_at(0.5).await;
        let before = hers.script(first).await.as_u64().expect("a number");
        hers.stays("older messages above", &key, async {
            server.signal("CONT");
            wait::until("older messages", async || {
                let now = hers.script(first).await.as_u64();
                if now.is_some_and(|now| now < before) { Ok(()) } else { Err(now) }
            })
            .await;
        })
        .await;
    }

    /// Gone elsewhere and come back; what was unread before is no news.
    async fn is_come_back_to(&self) {
        let Self { hers, room, model, .. } = self;
        let key = hers.message_at(0.0).await;
        let before = hers.top_of(&key).await.expect("it is on screen");
        hers.go_to(model).await;
        hers.says("message", "¿Quién trae el balón?").await;
        hers.go_to(room).await;
        hers.find(&format!("[data-testid=message][data-key='{key}']")).await;
        hers.still().await;
        let after = hers.top_of(&key).await.expect("it is on screen again");
        assert!((after - before).abs() <= 1.0, "left at {before}, come back to {after}");
    }

    /// By the link to that message, at the end of the room.
    async fn go(&self, place: &str) {
        self.hers.click_on(format!("[data-testid=message] a[href$='/{place}']")).await;
    }

    /// Waits until a message that begins so is on screen.
    async fn shows(&self, start: &str) {
        let script = "const row = [...document.querySelectorAll('[data-testid=message]')]
            .find((row) => row.querySelector('.text')?.textContent.trim().startsWith(arguments[0]));
            const { top, bottom } = row?.getBoundingClientRect() ?? { top: -1, bottom: -1 };
            return top >= 0 && bottom <= innerHeight";
        wait::until(format!("a message that begins with {start:?}"), async || {
            let seen = self.hers.script_with(script, vec![start.into()]).await;
            if seen == true { Ok(()) } else { Err(seen) }
        })
        .await;
        self.hers.still().await;
    }

    async fn rows(&self, test_id: &str, most: usize) {
        let count = self.hers.count(test_id).await;
        assert!((1..=most).contains(&count), "{count} rows of {test_id} are in the document");
    }

    /// A drawn message above what is seen.
    async fn above(&self) -> String {
        let key = self.hers.script(&format!("{ABOVE} return above[0]?.dataset.key ?? ''")).await;
        key.as_str().filter(|key| !key.is_empty()).expect("a message above is drawn").to_owned()
    }

    /// Waits until that message has become taller by what is done.
    async fn grows(&self, key: &str, change: impl AsyncFnOnce(&Self)) {
        let height = async || {
            let script = "return document.querySelector(`[data-key='${arguments[0]}']`)?.offsetHeight ?? 0";
            self.hers.script_with(script, vec![key.into()]).await.as_u64().unwrap_or_default()
        };
        let before = height().await;
        change(self).await;
        wait::until("the message above is taller", async || match height().await {
            now if now > before => Ok(()),
            now => Err((before, now)),
        })
        .await;
    }
}
