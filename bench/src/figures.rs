//! What is measured, in which order, and how it is told.

use std::{fmt::Write as _, path::Path};

use crate::{
    Outcome as Result,
    load::{self, Member, Outcome},
    recado::{self, Server},
    shape::Shape,
};

/// The rate is too high when p99 reaches this.
const P99_LIMIT_MS: f64 = 50.0;

/// Deliveries a second to begin with; any server does that.
const FIRST_DELIVERIES: f64 = 4_000.0;

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
    pub(crate) recado: Outcome,
    pub(crate) bare: Outcome,
    /// Milliseconds of server CPU for 1,000 deliveries in the load that is told.
    pub(crate) recado_cpu_ms_per_1000: Option<f64>,
    pub(crate) bare_cpu_ms_per_1000: Option<f64>,
}

impl ShapeFigures {
    fn share(&self) -> f64 {
        self.recado.deliveries_per_s / self.bare.deliveries_per_s
    }
}

impl Figures {
    pub(crate) fn is_sound(&self) -> bool {
        self.steady.is_sound() && self.shapes.iter().all(|shape| shape.recado.is_sound())
    }

    /// Markdown, as `docs/performance.md` holds it.
    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "From one person's socket to another's, {STEADY_RATE:.0} messages/s, each committed first: p50 {:.2} ms, p99 {:.2} ms, \
             max {:.2} ms.\n\n",
            self.steady.p50_ms, self.steady.p99_ms, self.steady.max_ms
        );
        text += "| rooms × members | Recado, deliveries/s (p99) | bare broadcast (p99) | share | server CPU for 1,000 deliveries: \
                 Recado, bare | bytes a delivery: Recado, bare |\n|---|---|---|---|---|---|\n";
        for figures in &self.shapes {
            let cpu = |value: Option<f64>| value.map_or("-".to_owned(), |ms| format!("{ms:.2} ms"));
            let _ = writeln!(
                text,
                "| {} | {:.0} ({:.1} ms) | {:.0} ({:.1} ms) | {:.2} | {}, {} | {:.0}, {:.0} |",
                figures.shape,
                figures.recado.deliveries_per_s,
                figures.recado.p99_ms,
                figures.bare.deliveries_per_s,
                figures.bare.p99_ms,
                figures.share(),
                cpu(figures.recado_cpu_ms_per_1000),
                cpu(figures.bare_cpu_ms_per_1000),
                figures.recado.bytes,
                figures.bare.bytes,
            );
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
        let (mut ours, mut limits) = (Vec::new(), Vec::new());
        for run in 1..=runs {
            eprintln!("{shape}, run {run} of {runs}: bare broadcast");
            limits.push(highest(Peer::Bare, *shape, seconds).await?);
            eprintln!("{shape}, run {run} of {runs}: Recado");
            ours.push(highest(Peer::Recado(binary), *shape, seconds).await?);
        }
        let (recado, recado_cpu) = median(ours);
        let (bare, bare_cpu) = median(limits);
        told.push(ShapeFigures {
            shape: *shape,
            recado,
            bare,
            recado_cpu_ms_per_1000: recado_cpu,
            bare_cpu_ms_per_1000: bare_cpu,
        });
    }
    steady.sort_by(|a, b| a.p99_ms.total_cmp(&b.p99_ms));
    let middle = steady.len() / 2;
    Ok(Figures { steady: steady.swap_remove(middle), shapes: told })
}

/// Who is measured.
#[derive(Clone, Copy, Debug)]
enum Peer<'a> {
    Bare,
    Recado(&'a Path),
}

impl Peer<'_> {
    async fn start(self, shape: Shape) -> Result<(Server, Vec<Member>)> {
        match self {
            Self::Bare => {
                let server = Server::bare()?;
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

fn median(mut runs: Vec<(Outcome, Option<f64>)>) -> (Outcome, Option<f64>) {
    runs.sort_by(|a, b| a.0.deliveries_per_s.total_cmp(&b.0.deliveries_per_s));
    let middle = runs.len() / 2;
    runs.swap_remove(middle)
}

/// The highest rate with p99 below the limit and nothing wrong: doubles from a low one, which warms up, then closes in by four
/// halvings. A rate is too high when it fails twice, since other programs on the machine have their moments; what was not
/// survived whole is tried again on a fresh server, since the sockets hold late copies.
async fn highest(peer: Peer<'_>, shape: Shape, seconds: u64) -> Result<(Outcome, Option<f64>)> {
    let (mut server, mut members) = peer.start(shape).await?;
    let mut best = (Outcome::default(), None);
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
            best = (outcome, cpu.map(|cpu| cpu * 1_000_000.0 / copies));
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
