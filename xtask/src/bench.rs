//! `cargo xtask bench`: figures of the release build on this machine, for `docs/performance.md`.

use std::{fs, path::PathBuf, process::ExitCode};

use crate::{build, error::Outcome, heading, install, install::Need, run, workspace, workspace::Profile};

#[derive(Debug)]
pub(crate) struct Options {
    server: bool,
    write: bool,
}

impl Options {
    pub(crate) fn parse(words: &[&str]) -> Outcome<Self> {
        let mut options = Self { server: true, write: false };
        for word in words {
            match *word {
                "server" => options.server = true,
                "--write" => options.write = true,
                other => return Err(format!("`bench` does not know `{other}`. See `cargo xtask help`.").into()),
            }
        }
        Ok(options)
    }
}

pub(crate) fn run(options: &Options) -> Outcome<ExitCode> {
    install::node()?;
    install::packages(&[Need::Build])?;
    heading("Building, optimised");
    build::all(Profile::Release)?;
    let mut sections = Vec::new();
    if options.server {
        sections.push(("server", server()?));
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

/// Recado and the bare broadcast, side by side, by the load generator.
fn server() -> Outcome<String> {
    heading("Server");
    let mut command = run::command(&Profile::Release.program("recado-bench").to_string_lossy());
    command.arg("server").arg("--server").arg(Profile::Release.program("recado-server"));
    let mut lines = Vec::new();
    if run::watched(&mut command, |line| lines.push(line.to_owned()))? {
        // What comes before the first sentence of the result is progress.
        let start = lines.iter().position(|line| line.starts_with("Send to")).unwrap_or_default();
        return Ok(lines[start..].join("\n"));
    }
    Err("The load generator found a fault; see above.".into())
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
    fn only_the_named_part_is_replaced() {
        let text = "a\n<!-- server -->\nold\n<!-- /server -->\nb\n<!-- window -->\n<!-- /window -->\n";
        let new = replace(text, "server", "new").unwrap();
        assert_eq!(new, "a\n<!-- server -->\nnew\n<!-- /server -->\nb\n<!-- window -->\n<!-- /window -->\n");
        assert_eq!(replace(text, "phone", "new"), None);
    }
}
