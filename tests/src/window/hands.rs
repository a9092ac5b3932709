//! Keyboard and pointer.

use fantoccini::{
    Locator,
    actions::{InputSource, KeyAction, KeyActions, MouseActions, PointerAction},
    key::Key,
};

use super::Window;
use crate::wait;

impl Window {
    /// Clicks on what has that `data-testid`, once it is there and may be clicked.
    #[track_caller]
    pub fn click(&self, test_id: &str) -> impl Future<Output = ()> {
        self.click_on(Self::id_of(test_id))
    }

    #[track_caller]
    pub fn click_on(&self, selector: String) -> impl Future<Output = ()> {
        let what = format!("a click on `{selector}` in {}'s window", self.profile);
        let client = self.client();
        wait::until(what, async move || {
            let element = client.find(Locator::Css(&selector)).await?;
            element.click().await
        })
    }

    /// Types into what has that `data-testid`, in place of what is there.
    #[track_caller]
    pub fn fill(&self, test_id: &str, text: &str) -> impl Future<Output = ()> {
        let what = format!("`{test_id}` takes {text:?} in {}'s window", self.profile);
        let selector = Self::id_of(test_id);
        let text = text.to_owned();
        let client = self.client();
        wait::until(what, async move || {
            let element = client.find(Locator::Css(&selector)).await?;
            element.clear().await?;
            element.send_keys(&text).await
        })
    }

    /// Writes a message and sends it with Enter.
    pub async fn write(&self, text: &str) {
        self.fill("composer", text).await;
        self.press(Key::Enter).await;
    }

    /// Presses a key wherever the focus is.
    pub async fn press(&self, key: Key) {
        let text = char::from(key).to_string();
        let element = self.client().active_element().await.expect("something has the focus");
        element.send_keys(&text).await.expect("keys can be pressed");
    }

    /// Presses a key while others are held, wherever the focus is.
    pub async fn chord(&self, held: &[Key], key: impl Into<char>) {
        let key = key.into();
        let mut keys = KeyActions::new("keys".into());
        for held in held {
            keys = keys.then(KeyAction::Down { value: char::from(*held) });
        }
        keys = keys.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
        for held in held.iter().rev() {
            keys = keys.then(KeyAction::Up { value: char::from(*held) });
        }
        self.client().perform_actions(keys).await.expect("keys can be pressed");
    }

    /// Types where the focus is.
    pub async fn keys(&self, text: &str) {
        let mut keys = KeyActions::new("keys".into());
        for value in text.chars() {
            keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        self.client().perform_actions(keys).await.expect("keys can be pressed");
    }

    /// Brings the pointer over the first that suits. What is still being laid out moves away from under it, so it is moved until
    /// it is there.
    pub async fn hover(&self, selector: &str) {
        self.find(selector).await;
        let look = "const element = document.querySelector(arguments[0]);
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2, element.matches(':hover')]";
        let mut aside = 0.0;
        wait::until(format!("the pointer over `{selector}`"), async || {
            let seen = self.script_with(look, vec![selector.into()]).await;
            if seen[2] == true {
                return Ok(());
            }
            let at = |index: usize| seen[index].as_f64().unwrap_or_default().round();
            // A pointer that does not move is not looked at again.
            aside = 2.0 - aside;
            let to = PointerAction::MoveTo { duration: None, x: at(0) + aside, y: at(1) };
            let pointer = MouseActions::new("mouse".into()).then(to);
            self.client().perform_actions(pointer).await.map_err(|error| error.to_string())?;
            Err(seen.to_string())
        })
        .await;
    }
}
