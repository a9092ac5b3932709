//! The client's cache: what the window waits for, through the core and in the encrypted file, with a million messages in it.
//!
//! Made once and kept beside what is built, since that takes minutes. Words are as frequent as in a language (the nth has 1/n of
//! the first one's share), rooms as busy as among people: a few hold most.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use recado_core::{
    client::{Client, ClientOptions, Timing},
    clock::SystemClock,
    sample::{self, Said},
    secrets::{Secret, SecretFuture, SecretStore},
};
use recado_protocol::{RoomId, Timestamp};

use crate::{Outcome, spread::Spread};

const MESSAGES: usize = 1_000_000;
const ROOMS: usize = 500;
const PEOPLE: usize = 20;
const WORDS: usize = 30_000;
/// How a file that was made otherwise is told from this.
const VERSION: u32 = 1;
/// A year and a half before the last message, one every 47 s.
const STEP_MS: i64 = 47_000;
const FIRST_MS: i64 = 1_750_000_000_000;

/// A query, and the room that it is for.
type Draw = fn(&mut StdRng) -> (String, Option<usize>);

#[derive(Debug, serde::Serialize)]
pub(crate) struct Figures {
    rows: Vec<(&'static str, Spread)>,
}

impl Figures {
    /// Markdown, as `docs/performance.md` holds it.
    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "{MESSAGES} messages in {ROOMS} rooms, encrypted, each figure by calls of the core at random places.\n\n\
             | | p50 | p95 |\n|---|---|---|\n"
        );
        for (name, spread) in &self.rows {
            let _ = writeln!(text, "| {name} | {:.1} ms | {:.1} ms |", spread.median, spread.p95);
        }
        text
    }
}

pub(crate) async fn measure(runs: usize) -> Outcome<Figures> {
    let dir = ready().await?;
    let mut random = StdRng::seed_from_u64(7);
    let mut rows = Vec::new();

    // The room that is open last is part of a start, so it is the same in every run.
    let client = open(&dir).await?;
    client.open_room(sample::room(0)).await?;
    client.shutdown().await;
    let mut took = Vec::new();
    for _ in 0..runs.div_ceil(10) {
        let start = Instant::now();
        let client = open(&dir).await?;
        let rooms = client.startup().await?.rooms.len();
        took.push(ms(start));
        if rooms != ROOMS {
            return Err(format!("{rooms} rooms are listed").into());
        }
        client.shutdown().await;
    }
    rows.push(("start from the closed file, to the list of 500 rooms and the open one", Spread::of(took.into_iter())));

    let client = open(&dir).await?;
    let mut took = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        client.startup().await?;
        took.push(ms(start));
    }
    rows.push(("list of 500 rooms and the open one", Spread::of(took.into_iter())));
    let mut took = Vec::new();
    for _ in 0..runs {
        let room = sample::room(random.random_range(0..ROOMS));
        let start = Instant::now();
        client.open_room(room).await?;
        took.push(ms(start));
    }
    rows.push(("60 newest messages of a room", Spread::of(took.into_iter())));

    let searches: [(&str, Draw); 9] = [
        ("50 newest of a rare word", |random| (format!("{} ", word(random.random_range(20_000..WORDS))), None)),
        ("50 newest of a common word", |random| (format!("{} ", word(random.random_range(0..20))), None)),
        ("50 newest of two words", |random| {
            (format!("{} {} ", word(random.random_range(0..50)), word(random.random_range(50..2_000))), None)
        }),
        ("50 newest of two rare words", |random| {
            (format!("{} {} ", word(random.random_range(100..200)), word(random.random_range(20_000..WORDS))), None)
        }),
        ("50 newest of a beginning of 3", |random| (word(random.random_range(0..WORDS))[..3].into(), None)),
        ("50 newest of a beginning of 4", |random| (word(random.random_range(0..300))[..4].into(), None)),
        ("50 newest of a whole word that is being typed", |random| (word(random.random_range(0..300)), None)),
        ("50 newest of a word in one room", |random| {
            (format!("{} ", word(random.random_range(0..200))), Some(random.random_range(0..ROOMS)))
        }),
        ("50 newest of a word by one person in a month", |random| {
            let (word, person) = (word(random.random_range(0..200)), random.random_range(0..PEOPLE));
            (format!("{word} from:person{person} on:2026-0{}", random.random_range(1..=9)), None)
        }),
    ];
    for (name, search) in searches {
        let (mut took, mut hits) = (Vec::new(), 0);
        for _ in 0..runs {
            let (query, room) = search(&mut random);
            let room: Option<RoomId> = room.map(sample::room);
            let start = Instant::now();
            hits += client.search_messages(query, room, None).await?.hits.len();
            took.push(ms(start));
        }
        eprintln!("{name}: {hits} hits in {runs} searches");
        rows.push((name, Spread::of(took.into_iter())));
    }
    client.shutdown().await;
    Ok(Figures { rows })
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1_000.0
}

async fn open(dir: &Path) -> Outcome<Client> {
    let options = ClientOptions {
        profile_dir: dir.to_owned(),
        server: None,
        secrets: Arc::new(Beside(dir.join("secrets.json"))),
        clock: Arc::new(SystemClock),
        device: "bench".into(),
        timing: Timing { background_fetch: None, ..Timing::default() },
    };
    Ok(Client::open(options).await?)
}

/// The profile, made if it is not there.
async fn ready() -> Outcome<PathBuf> {
    let dir = std::env::temp_dir().join(format!("cache-{VERSION}-{MESSAGES}"));
    let stamp = dir.join("whole");
    if stamp.is_file() {
        return Ok(dir);
    }
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    eprintln!("making {MESSAGES} messages in {}", dir.display());
    let start = Instant::now();
    std::fs::create_dir_all(&dir)?;
    let secrets = Beside(dir.join("secrets.json"));
    let mut random = StdRng::seed_from_u64(1);
    let said = (0..MESSAGES).map(|number| {
        if number % 100_000 == 0 {
            eprintln!("  {number} after {:.0} s", start.elapsed().as_secs_f64());
        }
        let words = 3 + (random.random::<f64>().powi(3) * 30.0) as usize;
        let words: Vec<String> = (0..words).map(|_| word(skewed(&mut random, WORDS))).collect();
        Said {
            room: skewed(&mut random, ROOMS),
            sender: random.random_range(0..PEOPLE),
            at: Timestamp(FIRST_MS + number as i64 * STEP_MS + random.random_range(0..STEP_MS)),
            content: words.join(" "),
        }
    });
    sample::fill(&dir, &secrets, ROOMS, PEOPLE, said).await?;
    std::fs::write(stamp, "")?;
    Ok(dir)
}

/// Below `limit`, n with a share of about 1/n.
fn skewed(random: &mut StdRng, limit: usize) -> usize {
    let at = (random.random::<f64>() * ((limit + 1) as f64).ln()).exp() as usize;
    at.clamp(1, limit) - 1
}

/// The nth word: common ones are short.
fn word(number: usize) -> String {
    const STARTS: [&str; 20] =
        ["b", "c", "d", "f", "g", "h", "j", "l", "m", "n", "p", "qu", "r", "s", "t", "v", "y", "z", "tr", "pl"];
    const VOWELS: [&str; 5] = ["a", "e", "o", "i", "u"];
    // Mixed, so that neighbours in frequency do not begin alike.
    let mut rest = number.wrapping_mul(7_919) % 1_000_003;
    let syllables = 2 + usize::from(number > 50) + usize::from(number > 2_000);
    let mut word = String::new();
    for _ in 0..syllables {
        word.push_str(STARTS[rest % STARTS.len()]);
        rest /= STARTS.len();
        word.push_str(VOWELS[rest % VOWELS.len()]);
        rest /= VOWELS.len();
    }
    word
}

/// Keys in a file beside what they open: what is in it was made up.
#[derive(Debug)]
struct Beside(PathBuf);

impl SecretStore for Beside {
    fn get<'a>(&'a self, _name: &'a str) -> SecretFuture<'a, Option<Secret>> {
        Box::pin(async { Ok(std::fs::read(&self.0).ok().map(Secret::new)) })
    }

    fn set<'a>(&'a self, _name: &'a str, value: &'a [u8]) -> SecretFuture<'a, ()> {
        Box::pin(async move { Ok(std::fs::write(&self.0, value)?) })
    }

    fn delete<'a>(&'a self, _name: &'a str) -> SecretFuture<'a, ()> {
        Box::pin(async { Ok(std::fs::remove_file(&self.0)?) })
    }

    fn unlock<'a>(&'a self, _passphrase: Option<&'a str>) -> SecretFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn create_vault<'a>(&'a self, _passphrase: &'a str) -> SecretFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_differ_and_common_ones_are_common() {
        let mut words: Vec<String> = (0..WORDS).map(word).collect();
        words.sort_unstable();
        words.dedup();
        assert!(words.len() > WORDS * 9 / 10, "{}", words.len());
        let mut random = StdRng::seed_from_u64(3);
        let first = (0..10_000).filter(|_| skewed(&mut random, WORDS) == 0).count();
        assert!((300..1_500).contains(&first), "{first}");
    }
}
