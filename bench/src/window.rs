//! The window: from exec to the painted cached room, and its memory, by turns with a static window that shows the same picture.
//!
//! Both are release builds of the same Tauri with the same features, on the same display, with folders of their own that the
//! warm-up filled. They start by turns, and who starts first changes every time, so that neither has the quieter minutes.

mod conversation;
pub(crate) mod page;
mod process;
mod profile;
mod screen;
mod start;

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use self::{process::Memory, profile::Profile, start::Start};
use crate::{Outcome, spread::Spread};

/// More than this of the strips differing means that the two do not show the same.
const ALIKE: f64 = 0.05;

/// Whose colour is whose goes by ids, which every server makes anew: all are of one lightness, so half of a channel's steps tell
/// text from ground and one person's colour not from another's.
const CONTRAST: u8 = 110;

#[derive(Debug, clap::Args)]
pub(crate) struct Programs {
    /// `recado-server`
    #[arg(long)]
    pub(crate) server: PathBuf,
    /// `recado-cli`
    #[arg(long)]
    pub(crate) cli: PathBuf,
    /// `recado`
    #[arg(long)]
    pub(crate) recado: PathBuf,
    /// `recado-static-window`
    #[arg(long)]
    pub(crate) static_window: PathBuf,
}

#[derive(Debug, serde::Serialize)]
pub(crate) struct Figures {
    pub(crate) runs: usize,
    pub(crate) recado: Side,
    pub(crate) static_window: Side,
    /// The share of pixels in which the two pictures differ.
    pub(crate) difference: f64,
}

/// One window's figures.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Side {
    pub(crate) shown_ms: Spread,
    pub(crate) painted_ms: Spread,
    pub(crate) memory_mb: Spread,
    /// By process, in the start whose sum is the median.
    pub(crate) memory: Memory,
}

impl Side {
    fn of(starts: &[Start]) -> Self {
        let mut by_memory: Vec<Memory> = starts.iter().map(|start| start.memory).collect();
        by_memory.sort_by(|a, b| a.sum().total_cmp(&b.sum()));
        Self {
            shown_ms: Spread::of(starts.iter().map(|start| start.shown_ms)),
            painted_ms: Spread::of(starts.iter().map(|start| start.painted_ms)),
            memory_mb: Spread::of(by_memory.iter().map(|memory| memory.sum())),
            memory: by_memory.get(by_memory.len() / 2).copied().unwrap_or_default(),
        }
    }
}

impl Figures {
    /// Markdown, as `docs/performance.md` holds it.
    pub(crate) fn table(&self) -> String {
        let mut text = format!("Medians (and p95) of {} starts of each, by turns.\n\n", self.runs);
        text +=
            "| | window is there | room is painted | memory | of it program, network, page |\n|---|---|---|---|---|\n";
        for (name, side) in [("Recado", &self.recado), ("static window", &self.static_window)] {
            let _ = writeln!(
                text,
                "| {name} | {:.0} ms ({:.0}) | {:.0} ms ({:.0}) | {:.0} MB ({:.0}) | {:.0}, {:.0}, {:.0} |",
                side.shown_ms.median,
                side.shown_ms.p95,
                side.painted_ms.median,
                side.painted_ms.p95,
                side.memory_mb.median,
                side.memory_mb.p95,
                side.memory.program,
                side.memory.network,
                side.memory.page,
            );
        }
        let share = |of: fn(&Side) -> Spread| of(&self.recado).median / of(&self.static_window).median;
        let (painted, memory) = (share(|side| side.painted_ms), share(|side| side.memory_mb));
        let _ = writeln!(text, "| share | | {painted:.2} | {memory:.2} | |");
        text
    }
}

/// What the window is started with.
fn arguments(profile: &Profile) -> Vec<String> {
    let dir = profile.data_dir().to_string_lossy().into_owned();
    ["--profile", Profile::name(), "--data-dir", &dir].map(str::to_owned).to_vec()
}

/// Where a program keeps window sizes and web caches, instead of in a person's own folders.
fn folders(home: &Path) -> [(&'static str, PathBuf); 3] {
    [
        ("XDG_CONFIG_HOME", home.join("config")),
        ("XDG_DATA_HOME", home.join("data")),
        ("XDG_CACHE_HOME", home.join("cache")),
    ]
}

/// One warm-up and `runs` starts of each.
pub(crate) async fn measure(programs: &Programs, runs: usize) -> Outcome<Figures> {
    let profile = Profile::prepare(&programs.server, &programs.cli).await?;
    let homes = [tempfile::tempdir()?, tempfile::tempdir()?];
    let mut recado = Command::new(&programs.recado);
    recado.args(arguments(&profile)).envs(folders(homes[0].path()));
    let mut fixed = Command::new(&programs.static_window);
    fixed.envs(folders(homes[1].path()));

    let mut starts: [Vec<Start>; 2] = Default::default();
    for run in 0..=runs {
        let order = if run % 2 == 0 { [0, 1] } else { [1, 0] };
        for side in order {
            let start = start::watch(if side == 0 { &mut recado } else { &mut fixed })?;
            eprintln!(
                "{} {}: shown {:.0} ms, painted {:.0} ms, program {:.0} + network {:.0} + page {:.0} MB{}",
                if side == 0 { "Recado" } else { "static" },
                run,
                start.shown_ms,
                start.painted_ms,
                start.memory.program,
                start.memory.network,
                start.memory.page,
                if run == 0 { " (warm-up)" } else { "" },
            );
            if run > 0 || runs == 0 {
                starts[side].push(start);
            }
        }
    }
    let [ours, theirs] = starts;
    let (Some(one), Some(other)) = (ours.last(), theirs.last()) else { return Err("nothing was measured".into()) };
    let differences = one.strips.iter().zip(&other.strips).map(|(one, other)| screen::difference(one, other, CONTRAST));
    let difference = differences.fold(0.0, f64::max);
    eprintln!("The two pictures differ in {:.1} % of their pixels.", difference * 100.0);
    if difference > ALIKE {
        return Err("the static window does not show what Recado shows any more; \
                    take its page anew with `cargo xtask bench page`"
            .into());
    }
    Ok(Figures { runs, recado: Side::of(&ours), static_window: Side::of(&theirs), difference })
}
