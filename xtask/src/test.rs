//! `cargo xtask test`: every check there is, in the order in which it is cheapest to be told of a fault, with a table and real
//! counts at the end. A fault does not hide those after it: all steps run, and one that cannot run counts as failed.

mod counts;
mod layers;
mod report;

use std::{
    process::{Command, ExitCode},
    time::Instant,
};

use counts::Counts;
use report::Report;

use crate::{
    build,
    desk::Desk,
    error::{Error, Outcome},
    family::Family,
    heading,
    install::{self, Need},
    run, workspace,
    workspace::Profile,
};

#[derive(Debug)]
pub(crate) struct Options {
    scope: Scope,
}

#[derive(Debug)]
enum Scope {
    All,
    /// What is soon done: no process is started.
    Quick,
    /// The real window alone; of its tests those whose name has this in it.
    Window(String),
}

impl Options {
    pub(crate) fn parse(words: &[&str]) -> Outcome<Self> {
        let scope = match words {
            [] => Scope::All,
            ["--quick"] => Scope::Quick,
            ["--window"] => Scope::Window(String::new()),
            ["--window", name] => Scope::Window((*name).to_owned()),
            _ => {
                return Err(format!(
                    "`test` takes --quick, --window with or without a name, or nothing, not `{}`.",
                    words.join(" ")
                )
                .into());
            }
        };
        Ok(Self { scope })
    }
}

pub(crate) fn run(options: &Options) -> Outcome<ExitCode> {
    let mut report = Report::default();
    match &options.scope {
        Scope::All => all(&mut report)?,
        Scope::Quick => quick(&mut report)?,
        Scope::Window(name) => window_alone(&mut report, name)?,
    }
    print!("{}", report.table());
    println!("{}", report.closing_line());
    Ok(if report.is_green() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn quick(report: &mut Report) -> Outcome<()> {
    formatting(report)?;
    layering(report)?;
    window(report, Screens::IfThereIsABrowser)?;
    clippy(report)?;
    unit_tests(report)
}

fn window_alone(report: &mut Report, name: &str) -> Outcome<()> {
    install::node()?;
    install::packages(&[Need::Build, Need::Display, Need::Tests])?;
    install::cargo_tools(&["cargo-nextest"])?;
    check(report, "Window: bundle", build::ui_bundle)?;
    check(report, "Programs build", || build::programs(Profile::Dev))?;
    window_tests(report, name)
}

fn all(report: &mut Report) -> Outcome<()> {
    install::node()?;
    install::packages(&[Need::Build, Need::Display, Need::Tests])?;
    install::cargo_tools(&["cargo-nextest", "cargo-deny"])?;
    let before = tree();

    formatting(report)?;
    layering(report)?;
    let mut deny = run::cargo();
    deny.args(["deny", "--log-level", "error", "check", "licenses", "bans", "sources"]);
    command(report, "Licences, bans and sources", &mut deny)?;
    window(report, Screens::Required)?;
    clippy(report)?;
    let mut docs = run::cargo();
    docs.args(["doc", "--workspace", "--no-deps", "--document-private-items"]).env("RUSTDOCFLAGS", "-D warnings");
    command(report, "Documentation links", &mut docs)?;
    check(report, "Programs build", || build::programs(Profile::Dev))?;
    unit_tests(report)?;
    counted(
        report,
        "Examples in documentation",
        run::cargo().args(["test", "--workspace", "--doc"]),
        counts::cargo_test,
    )?;
    system_tests(report)?;
    window_tests(report, "")?;
    check(report, "Generated files are committed as they are made", || same_tree(before.as_ref()))
}

fn formatting(report: &mut Report) -> Outcome<()> {
    command(report, "Formatting", run::cargo().args(["fmt", "--all", "--check"]))
}

fn layering(report: &mut Report) -> Outcome<()> {
    check(report, "Layers: who may name whom", layers::check)
}

fn clippy(report: &mut Report) -> Outcome<()> {
    let mut clippy = run::cargo();
    command(report, "Clippy", clippy.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// Whether a browser to open the window's screens in may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Screens {
    Required,
    IfThereIsABrowser,
}

/// The window's sources and its bundle.
fn window(report: &mut Report, screens: Screens) -> Outcome<()> {
    check(report, "Window: bundle", build::ui_bundle)?;
    command(report, "Window: types", &mut build::npm(&["run", "check"]))?;
    command(report, "Window: lint", &mut build::npm(&["run", "lint"]))?;
    let mut tests = build::npm(&["run", "test"]);
    if screens == Screens::Required {
        tests.env("SCREENS", "required");
    }
    counted(report, "Window: view models, components and screens", &mut tests, counts::vitest)
}

/// The same build as all other commands make, so the tests of the whole system are compiled along; they just do not run.
fn nextest(filter: &str) -> Command {
    let mut command = run::cargo();
    command.args(["nextest", "run", "--workspace", "--no-fail-fast", "--hide-progress-bar"]);
    command.args(["--status-level", "slow", "--final-status-level", "fail", "-E", filter]);
    command
}

fn unit_tests(report: &mut Report) -> Outcome<()> {
    counted(report, "Unit and contract tests", &mut nextest("not package(recado-tests)"), counts::nextest)
}

fn system_tests(report: &mut Report) -> Outcome<()> {
    let mut tests = nextest("package(recado-tests) and not binary(window)");
    counted(report, "Whole-system tests", &mut tests, counts::nextest)
}

/// On a desktop of their own: windows that pop up would be in the way, and in each other's.
fn window_tests(report: &mut Report, only: &str) -> Outcome<()> {
    let name = "Window tests";
    if !cfg!(target_os = "linux") {
        report.skip(name, "driven on Linux only");
        return Ok(());
    }
    let mut family = Family::default();
    let home = workspace::target().join("recado-desk");
    match Desk::start(&mut family, &home) {
        Ok(desk) => {
            let named = if only.is_empty() { String::new() } else { format!(" and test({only})") };
            let mut tests = nextest(&format!("package(recado-tests) and binary(window){named}"));
            counted(report, name, tests.envs(desk.environment()), counts::nextest)
        }
        Err(Error::Told(reason)) => {
            heading(name);
            println!("{reason}");
            report.add(name, Counts { passed: 0, failed: 1 }, 0.0);
            Ok(())
        }
        Err(Error::Stopped) => Err(Error::Stopped),
    }
}

/// What differs from the last commit, where this is a clone.
fn tree() -> Option<String> {
    let changed = run::captured(run::command("git").args(["status", "--porcelain"])).ok()?;
    let how = run::captured(run::command("git").args(["diff", "HEAD"])).ok()?;
    Some(changed + &how)
}

fn same_tree(before: Option<&String>) -> Outcome<()> {
    if before == tree().as_ref() {
        return Ok(());
    }
    println!("{}", run::captured(run::command("git").args(["status", "--short"]))?);
    Err("The checks changed files of the tree: a generated one was stale. Look at them and commit them.".into())
}

/// A step that either passes or not.
fn check(report: &mut Report, name: &str, step: impl FnOnce() -> Outcome<()>) -> Outcome<()> {
    heading(name);
    let start = Instant::now();
    let outcome = step();
    if run::is_stop(&outcome) {
        return outcome;
    }
    if let Err(reason) = &outcome {
        println!("{reason}");
    }
    let counts = Counts { passed: u32::from(outcome.is_ok()), failed: u32::from(outcome.is_err()) };
    report.add(name, counts, start.elapsed().as_secs_f64());
    Ok(())
}

fn command(report: &mut Report, name: &str, command: &mut Command) -> Outcome<()> {
    check(report, name, || run::visible(command))
}

/// A step that tells its counts. One that fails without having counted a failure has one all the same.
fn counted(report: &mut Report, name: &str, command: &mut Command, read: fn(&str) -> Option<Counts>) -> Outcome<()> {
    heading(name);
    let start = Instant::now();
    let mut counts = Counts::default();
    let mut told = false;
    let outcome = run::watched(command, |line| {
        if let Some(more) = read(&counts::plain(line)) {
            told = true;
            counts.passed += more.passed;
            counts.failed += more.failed;
        }
    });
    let passed = match outcome {
        Ok(passed) => passed,
        Err(Error::Stopped) => return Err(Error::Stopped),
        Err(Error::Told(reason)) => {
            println!("{reason}");
            false
        }
    };
    if (!passed || !told) && counts.failed == 0 {
        counts.failed = 1;
    }
    report.add(name, counts, start.elapsed().as_secs_f64());
    Ok(())
}
