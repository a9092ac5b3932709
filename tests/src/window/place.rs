//! Where things are on screen, to the pixel, and whether they stay there.

use serde_json::Value;

use super::Window;
use crate::wait;

/// What rounding moves.
const ROUNDING_PX: f64 = 1.0;

/// Notes at each frame where a row is as it is drawn: intersections are counted after all else has been laid out.
const WATCH: &str = "const [key] = arguments, seen = (window.watched = { tops: [], on: true });
    const look = () => {
        if (!seen.on) return;
        const row = document.querySelector(`[data-key='${CSS.escape(key)}']`);
        if (!row) seen.tops.push(null);
        else {
            const observer = new IntersectionObserver(([entry]) => {
                seen.tops.push(entry.boundingClientRect.top);
                observer.disconnect();
            });
            observer.observe(row);
        }
        requestAnimationFrame(look);
    };
    look();";

/// The frames until nothing of the timeline has moved for three of them, 60 at most.
const STILL: &str = "const done = arguments[0];
    const where = () => [...document.querySelectorAll('[data-testid=message]')]
        .map((row) => row.dataset.key + getComputedStyle(row).visibility + row.getBoundingClientRect().top).join();
    let last = '', same = 0, frames = 0;
    const look = () => {
        const now = where();
        same = now === last ? same + 1 : 0;
        last = now;
        frames += 1;
        if (same >= 3 || frames >= 60) done(same >= 3);
        else requestAnimationFrame(look);
    };
    look();";

impl Window {
    /// Waits until the rows of the timeline stand still.
    pub async fn still(&self) {
        let client = self.client();
        wait::until("the timeline stands still", async || match client.execute_async(STILL, vec![]).await {
            Ok(Value::Bool(true)) => Ok(()),
            other => Err(other),
        })
        .await;
    }

    /// The `data-key` of the message that is nearest to a part of the timeline's height, whole on screen.
    pub async fn message_at(&self, part: f64) -> String {
        let script = "const frame = document.querySelector('[data-testid=timeline]').getBoundingClientRect();
            const middle = frame.top + frame.height * arguments[0];
            const far = (row) => { const { top, bottom } = row.getBoundingClientRect(); return Math.abs((top + bottom) / 2 - middle); };
            const whole = [...document.querySelectorAll('[data-testid=message]')].filter((row) => {
                const { top, bottom } = row.getBoundingClientRect();
                return top >= frame.top && bottom <= frame.bottom;
            });
            return whole.sort((a, b) => far(a) - far(b))[0]?.dataset.key ?? ''";
        let key = self.script_with(script, vec![part.into()]).await;
        key.as_str().filter(|key| !key.is_empty()).expect("a message is on screen").to_owned()
    }

    /// How far below the window's upper edge the row of that key begins, if it is drawn.
    pub async fn top_of(&self, key: &str) -> Option<f64> {
        let script =
            "return document.querySelector(`[data-key='${CSS.escape(arguments[0])}']`)?.getBoundingClientRect().top";
        self.script_with(script, vec![key.into()]).await.as_f64()
    }

    /// Does something, and asserts that the row of that key is drawn in its place at every frame meanwhile.
    #[track_caller]
    pub fn stays<T>(&self, what: &str, key: &str, action: impl Future<Output = T>) -> impl Future<Output = T> {
        let caller = std::panic::Location::caller();
        async move {
            let before = self.top_of(key).await.unwrap_or_else(|| panic!("{caller}: {what}: the row is not there"));
            self.script_with(WATCH, vec![key.into()]).await;
            let done = action.await;
            self.still().await;
            let tops = self.script("window.watched.on = false; return window.watched.tops").await;
            let tops: Vec<Option<f64>> = serde_json::from_value(tops).expect("a list of places");
            assert!(tops.len() >= 3, "{caller}: {what}: {} frames were drawn", tops.len());
            let off = tops.iter().map(|top| top.map_or(f64::INFINITY, |top| top - before));
            let moved: Vec<f64> = off.filter(|by| by.abs() > ROUNDING_PX).collect();
            assert!(
                moved.is_empty(),
                "{caller}: {what} moved what is read from {before} by {moved:?} in {} of {} frames",
                moved.len(),
                tops.len()
            );
            done
        }
    }

    /// How many rows of that `data-testid` the document holds.
    pub async fn count(&self, test_id: &str) -> usize {
        let script = "return document.querySelectorAll(arguments[0]).length";
        let count = self.script_with(script, vec![Self::id_of(test_id).into()]).await;
        count.as_u64().and_then(|count| usize::try_from(count).ok()).expect("a count")
    }

    /// Waits until what appears has appeared; what goes on for ever does.
    pub async fn settled(&self) {
        let script = "const done = arguments[0];
            const ends = document.getAnimations().filter(({ effect }) => Number.isFinite(effect.getComputedTiming().endTime));
            Promise.allSettled(ends.map(({ finished }) => finished)).then(() => done(ends.length))";
        self.client().execute_async(script, vec![]).await.expect("movements end");
    }

    /// Asserts that nothing makes the page wider than the window.
    #[track_caller]
    pub fn fits(&self, what: &str) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        let what = what.to_owned();
        async move {
            self.settled().await;
            let script = "const root = document.documentElement;
                const list = document.querySelector('[data-testid=timeline]');
                return [root.scrollWidth - innerWidth, list ? list.scrollWidth - list.clientWidth : 0]";
            let wider = self.script(script).await;
            let wider: [f64; 2] = serde_json::from_value(wider).expect("two widths");
            assert!(wider.iter().all(|by| *by <= 0.0), "{caller}: {what}: wider than the window by {wider:?} px");
        }
    }
}
