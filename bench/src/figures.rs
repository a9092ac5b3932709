//! What is measured, in which order, and how it is told.

use std::{fmt::Write as _, path::Path};

use crate::{
    Outcome as Result,
    bare::Flushes,
    load::{self, Member, Outcome},
    recado::{self, Server},
    shape::Shape,
};

/// The rate is too high when p99 reaches this.
const P99_LIMIT_MS: f64 = 50.0;

/// Deliveries a second to begin with; any server does that.
const FIRST_DELIVERIES: f64 = 16_000.0;

/// The result is known to a sixteenth of the last doubling.
const HALVINGS: u32 = 4;

#[derive(Debug, serde::Serialize)]
pub(crate) struct Figures {
    /// 100 messages/s from one person to another.
    pub(crate) steady: Outcome,
    pub(crate) shapes: Vec<ShapeFigures>,
}

#[derive(Debug, serde::Serialize)]
pub(crate) struct ShapeFigures {
    pub(crate) shape: Shape,
    pub(crate) recado: Highest,
    /// A bare broadcast as in axum's own example.
    pub(crate) bare: Highest,
    /// The same with a flush for all that waits: the limit.
    pub(crate) limit: Highest,
}

/// The highest load that a server bore.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Highest {
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
    /// Milliseconds of server CPU for 1,000 deliveries in that load.
    pub(crate) cpu_ms_per_1000: Option<f64>,
}

impl Highest {
    fn cell(&self, recado: Option<&Self>) -> String {
        let cpu = self.cpu_ms_per_1000.map_or("-".to_owned(), |ms| format!("{ms:.2} ms"));
        let Outcome { deliveries_per_s, p99_ms, .. } = self.outcome;
        let share = recado.map_or(String::new(), |recado| {
            format!("; Recado has {:.2} of it", recado.outcome.deliveries_per_s / deliveries_per_s)
        });
        format!("{deliveries_per_s:.0} (p99 {p99_ms:.1} ms, CPU {cpu}){share}")
    }
}

impl Figures {
    pub(crate) fn is_sound(&self) -> bool {
        self.steady.is_sound() && self.shapes.iter().all(|shape| shape.recado.outcome.is_sound())
    }

    /// Markdown, as `docs/performance.md` holds it.
    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "From one person's socket to another's, {STEADY_RATE:.0} messages/s, each committed first: p50 {:.2} ms, p99 {:.2} ms, \
             max {:.2} ms.\n\n",
            self.steady.p50_ms, self.steady.p99_ms, self.steady.max_ms
        );
        text += "Highest load with p99 below 50 ms and nothing lost, doubled or out of order, in deliveries/s; CPU is the server's for \
                 1,000 deliveries:\n\n\
                 | rooms × members | Recado | bare broadcast | limit: bare, flushed together |\n|---|---|---|---|\n";
        for ShapeFigures { shape, recado, bare, limit } in &self.shapes {
            let (ours, bare, limit) = (recado.cell(None), bare.cell(Some(recado)), limit.cell(Some(recado)));
            let _ = writeln!(text, "| {shape} | {ours} | {bare} | {limit} |");
        }
        text
    }
}

/// Long enough that p99 of the steady load has dozens of samples above it.
const STEADY_SECONDS: u64 = 30;
const STEADY_RATE: f64 = 100.0;

pub(crate) async fn measure(binary: &Path, seconds: u64, runs: usize, shapes: &[Shape]) -> Result<Figures> {
    let mut steady = Vec::new();
    for run in 1..=runs {
        let (_server, members) = Peer::Recado(binary).start(Shape { rooms: 1, members: 2 }).await?;
        let (members, _warm_up) = load::run(members, STEADY_RATE, 3).await;
        let (_, outcome) = load::run(members, STEADY_RATE, STEADY_SECONDS).await;
        eprintln!("steady, run {run} of {runs}: p50 {:.2} ms, p99 {:.2} ms", outcome.p50_ms, outcome.p99_ms);
        steady.push(outcome);
    }
    let mut told = Vec::new();
    for shape in shapes {
        let (mut ours, mut bares, mut limits) = (Vec::new(), Vec::new(), Vec::new());
        for run in 1..=runs {
            eprintln!("{shape}, run {run} of {runs}: bare broadcast");
            bares.push(highest(Peer::Bare(Flushes::Each), *shape, seconds).await?);
            eprintln!("{shape}, run {run} of {runs}: bare broadcast, flushed together");
            limits.push(highest(Peer::Bare(Flushes::Together), *shape, seconds).await?);
            eprintln!("{shape}, run {run} of {runs}: Recado");
            ours.push(highest(Peer::Recado(binary), *shape, seconds).await?);
        }
        told.push(ShapeFigures { shape: *shape, recado: median(ours), bare: median(bares), limit: median(limits) });
    }
    steady.sort_by(|a, b| a.p99_ms.total_cmp(&b.p99_ms));
    let middle = steady.len() / 2;
    Ok(Figures { steady: steady.swap_remove(middle), shapes: told })
}

/// Who is measured.
#[derive(Clone, Copy, Debug)]
enum Peer<'a> {
    Bare(Flushes),
    Recado(&'a Path),
}

impl Peer<'_> {
    async fn start(self, shape: Shape) -> Result<(Server, Vec<Member>)> {
        match self {
            Self::Bare(flushes) => {
                let server = Server::bare(flushes)?;
                let members = recado::bare_members(&server, shape).await?;
                Ok((server, members))
            }
            Self::Recado(binary) => {
                let server = Server::recado(binary)?;
                let members = recado::recado_members(&server, shape).await?;
                Ok((server, members))
            }
        }
    }
}

fn median(mut runs: Vec<Highest>) -> Highest {
    runs.sort_by(|a, b| a.outcome.deliveries_per_s.total_cmp(&b.outcome.deliveries_per_s));
    let middle = runs.len() / 2;
    runs.swap_remove(middle)
}

/// The highest rate with p99 below the limit and nothing wrong: doubles from a low one, which warms up, then closes in by four
/// halvings. A rate is too high when it fails twice, since other programs on the machine have their moments; what was not
/// survived whole is tried again on a fresh server, since the sockets hold late copies.
async fn highest(peer: Peer<'_>, shape: Shape, seconds: u64) -> Result<Highest> {
    let (mut server, mut members) = peer.start(shape).await?;
    let mut best = Highest::default();
    let (mut low, mut high) = (0.0, None::<f64>);
    let mut rate = FIRST_DELIVERIES / shape.members as f64;
    let (mut halvings, mut failures) = (0, 0);
    while halvings < HALVINGS {
        let before = server.cpu_seconds();
        let (back, outcome) = load::run(members, rate, seconds).await;
        members = back;
        let cpu = server.cpu_seconds().zip(before).map(|(after, before)| after - before);
        let copies = (rate * seconds as f64).round() * shape.members as f64;
        eprintln!(
            "  {rate:.0} messages/s: {:.0} deliveries/s, p99 {:.1} ms, lost {} doubled {} disordered {} errors {}",
            outcome.deliveries_per_s, outcome.p99_ms, outcome.lost, outcome.doubled, outcome.disordered, outcome.errors
        );
        if !outcome.is_sound() || members.len() < shape.rooms * shape.members {
            drop(server);
            (server, members) = peer.start(shape).await?;
            members = load::run(members, FIRST_DELIVERIES / shape.members as f64, seconds).await.0;
        }
        if outcome.is_sound() && outcome.p99_ms < P99_LIMIT_MS {
            failures = 0;
            low = rate;
            best = Highest { outcome, cpu_ms_per_1000: cpu.map(|cpu| cpu * 1_000_000.0 / copies) };
        } else {
            failures += 1;
            if failures < 2 {
                continue;
            }
            failures = 0;
            high = Some(rate);
        }
        rate = match high {
            None => rate * 2.0,
            Some(high) => {
                halvings += 1;
                f64::midpoint(low, high)
            }
        };
    }
    Ok(best)
}
