//! Known vulnerabilities in dependencies. Apart from `test`, because it needs a database from the network, and because a new
//! entry there must not fail a change that has nothing to do with it.

use std::process::ExitCode;

use crate::{error::Outcome, heading, install, run};

pub(crate) fn run() -> Outcome<ExitCode> {
    install::cargo_tools(&["cargo-deny"])?;
    heading("Advisories");
    let mut unreachable = false;
    let passed = run::watched(run::cargo().args(["deny", "--log-level", "error", "check", "advisories"]), |line| {
        unreachable |= is_unreachable(line);
    })?;
    if passed {
        println!("No known vulnerabilities.");
        return Ok(ExitCode::SUCCESS);
    }
    if unreachable {
        println!("skipped: unreachable");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

/// Whether cargo-deny says that it could not fetch the database, as opposed to finding something in it.
fn is_unreachable(line: &str) -> bool {
    line.contains("failed to fetch advisory database")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_no_failure_to_fetch() {
        assert!(is_unreachable("2026-11-24 [ERROR] failed to fetch advisory database https://example.org/db"));
        assert!(!is_unreachable("error[vulnerability]: Integer overflow in `database`"));
    }
}
