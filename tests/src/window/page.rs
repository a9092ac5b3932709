//! What the page shows.

use fantoccini::{Locator, elements::Element};

use super::Window;
use crate::wait;

impl Window {
    /// Waits for an element.
    #[track_caller]
    pub fn find(&self, selector: &str) -> impl Future<Output = Element> {
        let what = format!("`{selector}` in {}'s window", self.profile);
        let selector = selector.to_owned();
        let client = self.client();
        wait::until(what, async move || client.find(Locator::Css(&selector)).await)
    }

    /// A CSS selector of what has that `data-testid`.
    pub fn id_of(test_id: &str) -> String {
        format!("[data-testid='{test_id}']")
    }

    /// The text of all that have that `data-testid`, as it is seen: without the marks that keep a name's own direction.
    pub async fn texts(&self, test_id: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])]
            .map((element) => element.innerText.replaceAll(/[\u{2066}-\u{2069}]/g, '').trim())";
        let texts = self.script_with(script, vec![Self::id_of(test_id).into()]).await;
        serde_json::from_value(texts).expect("a list of texts")
    }

    /// Waits until what has that `data-testid` says `text`.
    #[track_caller]
    pub fn says(&self, test_id: &str, text: &str) -> impl Future<Output = ()> {
        let what = format!("`{test_id}` says {text:?} in {}'s window", self.profile);
        let (test_id, text) = (test_id.to_owned(), text.to_owned());
        wait::until(what, async move || {
            let all = self.texts(&test_id).await;
            if all.iter().any(|one| one.contains(&text)) { Ok(()) } else { Err(all) }
        })
    }

    /// Waits until nothing has that `data-testid`.
    #[track_caller]
    pub fn lacks(&self, test_id: &str) -> impl Future<Output = ()> {
        let what = format!("no `{test_id}` in {}'s window", self.profile);
        let test_id = test_id.to_owned();
        wait::until(what, async move || {
            let all = self.texts(&test_id).await;
            if all.is_empty() { Ok(()) } else { Err(all) }
        })
    }

    /// The messages on screen with their state, oldest first.
    pub async fn messages(&self) -> Vec<(String, String)> {
        let script = "return [...document.querySelectorAll('[data-testid=message]')]
            .map((row) => [row.querySelector('.text')?.textContent.trim() ?? '', row.dataset.state])";
        let all = self.script(script).await;
        serde_json::from_value(all).expect("a list of pairs")
    }

    /// Waits until these messages are on screen, in this order and state.
    #[track_caller]
    pub fn shows(&self, wanted: &[(&str, &str)]) -> impl Future<Output = ()> {
        let what = format!("{wanted:?} in {}'s window", self.profile);
        let wanted: Vec<(String, String)> =
            wanted.iter().map(|(text, state)| ((*text).to_owned(), (*state).to_owned())).collect();
        wait::until(what, async move || {
            let seen = self.messages().await;
            if seen == wanted { Ok(()) } else { Err(seen) }
        })
    }
}
