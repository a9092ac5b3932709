//! Any interleaving of all that people do in rooms, to rooms and to their own settings and profiles, and of cuts and crashes, over
//! a connection that drops, doubles and swaps frames, ends with the client's state equal to a fresh fetch.
//!
//! `RECADO_SEEDS=7,8` runs those seeds, `RECADO_CASES=50` as many from a random start. A failure names its seed.

mod deeds;
mod same;
mod stage;

use rand::{Rng, SeedableRng, rngs::StdRng};

use stage::Stage;

const STEPS: usize = 120;

fn seeds() -> Vec<u64> {
    let variable = |name: &str| std::env::var(name).ok();
    if let Some(list) = variable("RECADO_SEEDS") {
        return list.split(',').filter_map(|seed| seed.trim().parse().ok()).collect();
    }
    let cases = variable("RECADO_CASES").and_then(|cases| cases.parse().ok()).unwrap_or(4);
    let start: u64 = rand::rng().random_range(0..1_000_000);
    (start..start + cases).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_interleaving_ends_equal_to_a_fresh_fetch() {
    for seed in seeds() {
        println!("seed {seed}");
        let mut stage = Stage::new(seed).await;
        let mut random = StdRng::seed_from_u64(seed);
        for number in 0..STEPS {
            deeds::step(&mut random, number, &mut stage).await;
        }
        stage.proxy.calm();
        // Half of the cases may not be healed by a new hello: live gaps and lost last frames have to be noticed by themselves.
        if seed % 2 == 0 {
            stage.proxy.cut();
        }
        stage.settle(seed).await;
        same::as_fresh(seed, &stage).await;
        stage.core.restart().await;
        same::as_fresh(seed, &stage).await;
    }
}
