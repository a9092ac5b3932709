//! Ctrl-C and termination: a flag that everything which waits looks at, so that `Drop`s run and nothing is left behind.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::error::{Error, Outcome};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// How often something that waits looks up.
pub(crate) const TICK: Duration = Duration::from_millis(40);

/// Begins to listen. Without a handler the process would just die, which is what happens where this fails.
pub(crate) fn listen() {
    if let Err(error) = ctrlc::set_handler(|| REQUESTED.store(true, Ordering::SeqCst)) {
        eprintln!("Ctrl-C will not clean up: {error}");
    }
}

/// Fails once a stop was asked for.
pub(crate) fn check() -> Outcome<()> {
    if REQUESTED.load(Ordering::SeqCst) { Err(Error::Stopped) } else { Ok(()) }
}

/// Waits until `done` gives something, and says after `limit` that it did not. A stop ends the wait.
pub(crate) fn wait_for<T>(limit: Duration, mut done: impl FnMut() -> Outcome<Option<T>>) -> Outcome<Option<T>> {
    let deadline = Instant::now() + limit;
    loop {
        check()?;
        if let Some(value) = done()? {
            return Ok(Some(value));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(TICK);
    }
}
