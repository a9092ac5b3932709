//! One start of a window, watched from outside: when it is shown, when its content is there, and what it holds in memory then.
//!
//! Painted is told from pixels, for both windows alike: a strip of the room list and a strip of the timeline are read every few
//! milliseconds, and painted is the first reading from which on both look as they do in the end. A skeleton, a fade or a font
//! that is swapped in is therefore not the end.

use std::{
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use super::{
    process::{Memory, Running},
    screen::{self, Part, Picture, Screen},
};
use crate::Outcome;

/// Avatars and names in the list; text of others' messages.
const STRIPS: [Part; 2] = [[3, 12, 9, 50], [34, 20, 12, 60]];

/// An empty pane shows one colour, a skeleton a few; text with smooth edges more than this.
const COLOURS_OF_TEXT: usize = 40;

/// A clock that went on or a cursor that blinks changes less than this of a strip.
const SAME: f64 = 0.02;

/// Of 255 steps of a colour.
const HAIR: u8 = 8;

/// Between two readings.
const TICK: Duration = Duration::from_millis(4);

/// How long both strips are watched after text is there: what still changes then is an animation, not a start.
const SETTLING: Duration = Duration::from_millis(700);

/// When memory is read, after text is there.
const REST: Duration = Duration::from_secs(3);

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
pub(crate) struct Start {
    /// Milliseconds from before exec.
    pub(crate) shown_ms: f64,
    pub(crate) painted_ms: f64,
    pub(crate) memory: Memory,
    /// What the strips show in the end.
    pub(crate) strips: [Picture; 2],
}

/// Starts the program, watches it, and ends it.
pub(crate) fn watch(command: &mut Command) -> Outcome<Start> {
    let screen = Screen::connect()?;
    let before = screen.windows()?;
    let mut running = Running::start(command)?;
    let start = running.start;
    let deadline = start + PATIENCE;
    let shown = loop {
        running.check()?;
        if let Some(shown) = screen.window_of(running.pid(), &before)? {
            break shown;
        }
        if Instant::now() > deadline {
            return Err("no window was shown".into());
        }
        sleep(TICK);
    };
    let shown_ms = milliseconds(start.elapsed());

    let mut readings: Vec<(Duration, [Picture; 2])> = Vec::new();
    let mut text_since = None;
    while text_since.is_none_or(|since: Instant| since.elapsed() < SETTLING) {
        running.check()?;
        if let (Some(list), Some(timeline)) = (screen.look(shown, STRIPS[0])?, screen.look(shown, STRIPS[1])?) {
            let at = start.elapsed();
            let strips = [list, timeline];
            if readings.last().is_none_or(|(_, last)| *last != strips) {
                if text_since.is_none() && strips.iter().all(|strip| screen::colours(strip) >= COLOURS_OF_TEXT) {
                    text_since = Some(Instant::now());
                }
                readings.push((at, strips));
            }
        }
        if Instant::now() > deadline {
            return Err("the window was shown, but neither rooms nor messages were in it".into());
        }
        sleep(TICK);
    }
    let (painted, strips) = settled(readings).ok_or("the window showed nothing")?;
    sleep(REST.saturating_sub(SETTLING));
    Ok(Start { shown_ms, painted_ms: milliseconds(painted), memory: running.memory()?, strips })
}

/// The last picture, and since when it looked like that.
fn settled(mut readings: Vec<(Duration, [Picture; 2])>) -> Option<(Duration, [Picture; 2])> {
    let (mut since, last) = readings.pop()?;
    for (at, strips) in readings.iter().rev() {
        if strips.iter().zip(&last).any(|(strip, last)| screen::difference(strip, last, HAIR) > SAME) {
            break;
        }
        since = *at;
    }
    Some((since, last))
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn painted_is_since_when_it_stayed_as_it_is() {
        let picture = |shade: u8| [vec![shade; 400], vec![shade; 400]];
        let at = Duration::from_millis;
        // Right for a moment, then a skeleton, then right for good with a hair's difference.
        let readings = vec![(at(1), picture(9)), (at(2), picture(90)), (at(3), picture(9)), (at(4), picture(10))];
        assert_eq!(settled(readings).map(|(since, _)| since), Some(at(3)));
    }
}
