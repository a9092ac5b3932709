//! `cargo xtask start | test | bench | windows | audit`: whatever a person on the project runs, in one place and on all three systems.
//!
//! The two commands that matter are `start` (from a fresh clone to a window with a conversation in it) and `test` (every check
//! there is). Each installs what is missing, says what it does and why, and ends all that it started.
//!
//! Plain blocking Rust with hardly a dependency, because this crate is compiled before anything can be said. What differs
//! between systems stands behind small functions: packages in [`install`], process groups in [`family`], who holds a port in
//! [`port`], a display of its own in [`desk`].

mod audit;
mod bench;
mod build;
mod desk;
mod error;
mod family;
mod http;
mod install;
mod port;
mod run;
mod start;
mod stop;
mod test;
mod windows;
mod workspace;

use std::process::ExitCode;

use error::{Error, Outcome};

const USAGE: &str = "\
cargo xtask start [--demo] [--profile NAME] [--port N] [--release] [--smoke]
    Installs what is missing, builds, starts a server on this computer and opens the window.
      --demo          with people, rooms and a conversation, signed in as ana
      --profile NAME  a window for somebody else, beside a running start: `--profile juan`
      --port N        look for a free port from N on, instead of 8000
      --release       optimised (a first build takes about twice as long)
      --smoke         end as soon as the window shows, with 0 if it does

cargo xtask test [--quick | --window [NAME]]
    Every check there is. --quick: the inner loop, without installs, whole-system and window tests. --window: the real window alone, all its tests or those with NAME in theirs.

cargo xtask bench [server | cache | window] [--write]
    Speed and memory of the release build beside the least that could do the same. --write puts the figures into
    docs/performance.md. `bench page` takes the static window's page anew from Recado's own, after its look changed.

cargo xtask windows
    Whether it compiles for Windows, from another system; some 10 minutes the first time.

cargo xtask audit
    Known vulnerabilities in dependencies, where the database can be reached.
";

fn main() -> ExitCode {
    stop::listen();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(code) => code,
        Err(Error::Stopped) => {
            eprintln!("Stopped.");
            ExitCode::from(130)
        }
        Err(Error::Told(message)) => {
            eprintln!("\n{message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> Outcome<ExitCode> {
    match words {
        ["start", options @ ..] => start::run(&start::Options::parse(options)?),
        ["test", options @ ..] => test::run(&test::Options::parse(options)?),
        ["bench", options @ ..] => bench::run(&bench::Options::parse(options)?),
        ["windows"] => windows::run(),
        ["audit"] => audit::run(),
        [] | ["help" | "--help" | "-h", ..] => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        [other, ..] => Err(format!("`{other}` is no command here.\n\n{USAGE}").into()),
    }
}

/// A heading in the output, so that a long run can be found one's way in.
fn heading(text: &str) {
    println!("\n\u{2500}\u{2500} {text}");
}
