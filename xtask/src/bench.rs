//! `cargo xtask bench`: figures of the release build on this machine, for `docs/performance.md`.

use std::{fs, path::PathBuf, process::Command, process::ExitCode};

use crate::{
    build,
    desk::Desk,
    error::Outcome,
    family::Family,
    heading,
    install::{self, Need},
    run, workspace,
    workspace::Profile,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Server,
    Window,
    Cache,
    /// No figure: the page of the static window, taken from Recado's own.
    Page,
}

#[derive(Debug)]
pub(crate) struct Options {
    parts: Vec<Part>,
    write: bool,
}

impl Options {
    pub(crate) fn parse(words: &[&str]) -> Outcome<Self> {
        let mut options = Self { parts: Vec::new(), write: false };
        for word in words {
            match *word {
                "server" => options.parts.push(Part::Server),
                "window" => options.parts.push(Part::Window),
                "cache" => options.parts.push(Part::Cache),
                "page" => options.parts.push(Part::Page),
                "--write" => options.write = true,
                other => return Err(format!("`bench` does not know `{other}`. See `cargo xtask help`.").into()),
            }
        }
        if options.parts.is_empty() {
            options.parts = vec![Part::Server, Part::Cache, Part::Window];
        }
        Ok(options)
    }

    fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

pub(crate) fn run(options: &Options) -> Outcome<ExitCode> {
    let has_window = options.has(Part::Window) || options.has(Part::Page);
    if has_window && !cfg!(target_os = "linux") {
        return Err(
            "The window is measured from its X display, on Linux only; `cargo xtask bench server` runs here.".into()
        );
    }
    install::node()?;
    let mut needs = vec![Need::Build];
    needs.extend(has_window.then_some(Need::Display));
    needs.extend(options.has(Part::Page).then_some(Need::Tests));
    install::packages(&needs)?;
    heading("Building, optimised");
    build::all(Profile::Release)?;

    let mut sections = Vec::new();
    if options.has(Part::Server) {
        heading("Server");
        let mut command = generator("server");
        sections.push(("server", figures(command.arg("--server").arg(Profile::Release.program("recado-server")))?));
    }
    if options.has(Part::Cache) {
        heading("Cache");
        sections.push(("cache", figures(&mut generator("cache"))?));
    }
    if has_window {
        // Its own even where there is a display: nobody's windows are in the way, and nobody's keyring is written to.
        let mut family = Family::default();
        let desk = Desk::start(&mut family, &folder().join("desk"))?;
        if options.has(Part::Page) {
            heading("The static window's page");
            run::visible(windows("page").envs(desk.environment()))?;
            println!("Look at the change of bench/static-window/page and build again.");
        }
        if options.has(Part::Window) {
            heading("Window");
            sections.push(("window", figures(windows("window").envs(desk.environment()))?));
        }
    }
    if options.write {
        let path = page();
        let mut text = fs::read_to_string(&path)?;
        for (name, figures) in &sections {
            let figures = format!("{}\n\n{}", machine(), figures.trim());
            text =
                replace(&text, name, &figures).ok_or_else(|| format!("{} has no part named {name}", path.display()))?;
        }
        fs::write(&path, text)?;
        println!("Written to {}.", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn page() -> PathBuf {
    workspace::root().join("docs/performance.md")
}

fn folder() -> PathBuf {
    workspace::target().join("recado-bench")
}

/// `recado-bench`, with its throwaway files beside what is built: the system's folder for them may be in memory, where a durable
/// commit costs nothing.
fn generator(subcommand: &str) -> Command {
    let mut command = run::command(&Profile::Release.program("recado-bench").to_string_lossy());
    command.arg(subcommand).env("TMPDIR", folder());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("RECADO_")) {
            command.env_remove(name);
        }
    }
    command
}

fn windows(subcommand: &str) -> Command {
    let mut command = generator(subcommand);
    for (name, program) in [
        ("--server", "recado-server"),
        ("--cli", "recado-cli"),
        ("--recado", "recado"),
        ("--static-window", "recado-static-window"),
    ] {
        command.arg(name).arg(Profile::Release.program(program));
    }
    command
}

/// Runs it for what it says after the line that announces the figures; the rest is progress.
fn figures(command: &mut Command) -> Outcome<String> {
    fs::create_dir_all(folder())?;
    let mut lines = Vec::new();
    if !run::watched(command, |line| lines.push(line.to_owned()))? {
        return Err("The measurement found a fault; see above.".into());
    }
    let start = lines.iter().position(|line| line == "Figures:").ok_or("The measurement gave no figures.")?;
    Ok(lines[start + 1..].join("\n"))
}

/// Where and when: a figure without them says nothing.
fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let date = run::captured(run::command("date").arg("+%Y-%m-%d")).unwrap_or_default();
    format!(
        "{}, {cores} cores, {}, release build, {}.",
        std::env::consts::OS,
        model.unwrap_or("unknown processor"),
        date.trim()
    )
}

/// The text with the part between `<!-- NAME -->` and `<!-- /NAME -->` replaced.
fn replace(text: &str, name: &str, part: &str) -> Option<String> {
    let (start, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&start)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{start}\n{part}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_words_everything_is_measured_and_nonsense_is_named() {
        assert_eq!(Options::parse(&[]).unwrap().parts, [Part::Server, Part::Cache, Part::Window]);
        let options = Options::parse(&["window", "--write"]).unwrap();
        assert!(options.write && options.parts == [Part::Window]);
        assert!(Options::parse(&["phone"]).unwrap_err().to_string().contains("phone"));
    }

    #[test]
    fn only_the_named_part_is_replaced() {
        let text = "a\n<!-- server -->\nold\n<!-- /server -->\nb\n<!-- window -->\n<!-- /window -->\n";
        let new = replace(text, "server", "new").unwrap();
        assert_eq!(new, "a\n<!-- server -->\nnew\n<!-- /server -->\nb\n<!-- window -->\n<!-- /window -->\n");
        assert_eq!(replace(text, "phone", "new"), None);
    }
}
