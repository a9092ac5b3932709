//! What is measured, in which order, and how it is told.

use std::{fmt::Write as _, path::Path};

use crate::{
    load::{self, Member, Outcome},
    recado::{self, Server},
    shape::Shape,
};

/// The rate is too high when p99 reaches this.
const P99_LIMIT_MS: f64 = 50.0;

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
    /// Seconds of server CPU for 1,000 deliveries in the load that is told.
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
            "Send to the other client's socket, 100 messages/s, each committed first: p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms.\n\n",
            self.steady.p50_ms, self.steady.p99_ms, self.steady.max_ms
        );
        text += "| rooms × members | Recado, deliveries/s (p99) | bare broadcast (p99) | share | server CPU per 1,000 deliveries: Recado, bare |\n";
        text += "|---|---|---|---|---|\n";
        for figures in &self.shapes {
            let cpu = |value: Option<f64>| value.map_or("-".to_owned(), |ms| format!("{ms:.2} ms"));
            let _ = writeln!(
                text,
                "| {} | {:.0} ({:.1} ms) | {:.0} ({:.1} ms) | {:.2} | {}, {} |",
                figures.shape,
                figures.recado.deliveries_per_s,
                figures.recado.p99_ms,
                figures.bare.deliveries_per_s,
                figures.bare.p99_ms,
                figures.share(),
                cpu(figures.recado_cpu_ms_per_1000),
                cpu(figures.bare_cpu_ms_per_1000),
            );
        }
        text
    }
}

pub(crate) async fn measure(
    binary: &Path,
    seconds: u64,
    runs: usize,
    shapes: &[Shape],
) -> Result<Figures, Box<dyn std::error::Error>> {
    let mut steady = Vec::new();
    for _ in 0..runs {
        let server = Server::recado(binary)?;
        let members = recado::recado_members(&server, Shape { rooms: 1, members: 2 }).await?;
        steady.push(load::run(members, 100.0, seconds.max(10)).await.1);
    }
    let mut told = Vec::new();
    for shape in shapes {
        let (mut ours, mut limits) = (Vec::new(), Vec::new());
        for run in 1..=runs {
            eprintln!("{shape}, run {run} of {runs}");
            let server = Server::bare()?;
            let members = recado::bare_members(&server, *shape).await?;
            limits.push(highest(&server, members, shape, seconds).await);
            drop(server);
            let server = Server::recado(binary)?;
            let members = recado::recado_members(&server, *shape).await?;
            ours.push(highest(&server, members, shape, seconds).await);
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

fn median(mut runs: Vec<(Outcome, Option<f64>)>) -> (Outcome, Option<f64>) {
    runs.sort_by(|a, b| a.0.deliveries_per_s.total_cmp(&b.0.deliveries_per_s));
    let middle = runs.len() / 2;
    runs.swap_remove(middle)
}

/// The highest rate with p99 below the limit and nothing wrong: doubles from a low one, then closes in four halvings.
async fn highest(server: &Server, mut members: Vec<Member>, shape: &Shape, seconds: u64) -> (Outcome, Option<f64>) {
    let mut best = (Outcome::default(), None);
    let (mut low, mut high) = (0.0, None::<f64>);
    let mut rate = 4_000.0 / shape.members as f64;
    let mut halvings = 0;
    while halvings < 4 {
        let before = server.cpu_seconds();
        let (back, outcome) = load::run(members, rate, seconds).await;
        members = back;
        let cpu = server.cpu_seconds().zip(before).map(|(after, before)| after - before);
        let copies = outcome.deliveries_per_s * seconds as f64;
        eprintln!(
            "  {rate:.0} messages/s: {:.0} deliveries/s, p99 {:.1} ms, lost {} doubled {} disordered {} errors {}",
            outcome.deliveries_per_s, outcome.p99_ms, outcome.lost, outcome.doubled, outcome.disordered, outcome.errors
        );
        let good = outcome.is_sound() && outcome.p99_ms < P99_LIMIT_MS;
        if good {
            low = rate;
            if outcome.deliveries_per_s > best.0.deliveries_per_s {
                best = (outcome, cpu.map(|cpu| cpu * 1_000_000.0 / copies));
            }
        } else {
            high = Some(rate);
            if members.len() < shape.rooms * shape.members || !outcome.is_sound() {
                // What it did not survive, it need not be asked again: the sockets hold late copies.
                break;
            }
        }
        match high {
            None => rate *= 2.0,
            Some(high) => {
                rate = f64::midpoint(low, high);
                halvings += 1;
            }
        }
    }
    best
}
