//! The open loop: who sends when, what came, and whether it is right.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt, stream::SplitSink, stream::SplitStream};
use tokio::{net::TcpStream, sync::mpsc, task::JoinSet};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Writes the frame of a message with that content and number.
pub(crate) type Framing = Arc<dyn Fn(&str, u64) -> String + Send + Sync>;

/// A connected member of one room, and how it writes a message with that content.
pub(crate) struct Member {
    pub(crate) socket: Socket,
    pub(crate) room: usize,
    pub(crate) frame: Framing,
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Member of room {}", self.room)
    }
}

/// What one load gave.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub(crate) struct Outcome {
    /// Messages a second that were due.
    pub(crate) rate: f64,
    /// Copies a second that arrived.
    pub(crate) deliveries_per_s: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) disordered: u64,
    pub(crate) errors: u64,
    /// Mean length of a copy as it arrived.
    pub(crate) bytes: f64,
}

impl Outcome {
    pub(crate) fn is_sound(&self) -> bool {
        self.lost + self.doubled + self.disordered + self.errors == 0
    }
}

/// Where a message's number and due time stand in a frame; found without parsing the JSON, since the generator shares the cores.
const MARK: &str = "bench:";

fn content(number: u64, due: Duration) -> String {
    format!("{MARK}{number}:{}:", due.as_nanos())
}

fn read_mark(text: &str) -> Option<(u64, Duration)> {
    let rest = &text[text.find(MARK)? + MARK.len()..];
    let mut parts = rest.splitn(3, ':');
    let number = parts.next()?.parse().ok()?;
    let nanos = parts.next()?.parse().ok()?;
    Some((number, Duration::from_nanos(nanos)))
}

/// What one member saw.
#[derive(Default)]
struct Seen {
    /// Of others' messages: what one's own copy takes is not what it takes to reach somebody.
    latencies: Vec<Duration>,
    arrived: u64,
    bytes: u64,
    doubled: u64,
    disordered: u64,
    errors: u64,
}

/// Sends `rate` messages a second over all rooms for `seconds`, and hands the members back for the next load.
///
/// Messages go round the rooms, and within a room one member sends all: so the order in which they were due is the order
/// that every member must see. (Order among several senders is the server's to choose; the system tests check it.)
pub(crate) async fn run(members: Vec<Member>, rate: f64, seconds: u64) -> (Vec<Member>, Outcome) {
    let rooms = members.iter().map(|member| member.room).max().map_or(0, |room| room + 1);
    let total = (rate * seconds as f64).round().max(1.0) as u64;
    let per_room: Arc<Vec<u64>> =
        Arc::new((0..rooms as u64).map(|room| (total + rooms as u64 - 1 - room) / rooms as u64).collect());
    let start = Instant::now() + Duration::from_millis(100);

    let mut senders: Vec<Option<mpsc::UnboundedSender<(u64, Duration)>>> = (0..rooms).map(|_| None).collect();
    let mut writers: JoinSet<(usize, SplitSink<Socket, Message>)> = JoinSet::new();
    let mut readers: JoinSet<(usize, SplitStream<Socket>, Seen)> = JoinSet::new();
    let mut parts = Vec::new();
    for (index, member) in members.into_iter().enumerate() {
        let (sink, stream) = member.socket.split();
        let expected = per_room[member.room];
        let is_sender = senders[member.room].is_none();
        readers.spawn(read(index, stream, start, expected, is_sender, seconds));
        if is_sender {
            let (sender, due) = mpsc::unbounded_channel();
            senders[member.room] = Some(sender);
            writers.spawn(write(index, sink, due, member.frame.clone()));
            parts.push((member.room, member.frame, None));
        } else {
            parts.push((member.room, member.frame, Some(sink)));
        }
    }

    let mut sent = 0;
    while sent < total {
        let due = Duration::from_secs_f64(sent as f64 / rate);
        tokio::time::sleep_until((start + due).into()).await;
        // What is due by now goes at once: a timer is no finer than a millisecond.
        while sent < total && Duration::from_secs_f64(sent as f64 / rate) <= start.elapsed() {
            let due = Duration::from_secs_f64(sent as f64 / rate);
            if let Some(sender) = &senders[(sent % rooms as u64) as usize] {
                let _gone = sender.send((sent / rooms as u64, due));
            }
            sent += 1;
        }
    }
    drop(senders);

    let mut sinks: Vec<Option<SplitSink<Socket, Message>>> = parts.iter_mut().map(|part| part.2.take()).collect();
    while let Some(Ok((index, sink))) = writers.join_next().await {
        sinks[index] = Some(sink);
    }
    let mut latencies = Vec::new();
    let (mut arrived, mut bytes) = (0, 0);
    let mut outcome = Outcome { rate, ..Outcome::default() };
    let mut streams: Vec<Option<SplitStream<Socket>>> = parts.iter().map(|_| None).collect();
    let mut expected_total = 0;
    for (room, _, _) in &parts {
        expected_total += per_room[*room];
    }
    while let Some(Ok((index, stream, seen))) = readers.join_next().await {
        streams[index] = Some(stream);
        arrived += seen.arrived;
        bytes += seen.bytes;
        latencies.extend(seen.latencies);
        outcome.doubled += seen.doubled;
        outcome.disordered += seen.disordered;
        outcome.errors += seen.errors;
    }
    let took = start.elapsed().as_secs_f64();
    latencies.sort_unstable();
    outcome.lost = expected_total.saturating_sub(arrived);
    outcome.deliveries_per_s = arrived as f64 / took.max(seconds as f64);
    outcome.bytes = bytes as f64 / arrived.max(1) as f64;
    let at = |share: f64| {
        let index = ((latencies.len() as f64 * share) as usize).min(latencies.len().saturating_sub(1));
        latencies.get(index).map_or(f64::INFINITY, |latency| latency.as_secs_f64() * 1000.0)
    };
    (outcome.p50_ms, outcome.p99_ms, outcome.max_ms) = (at(0.50), at(0.99), at(1.0));

    let members = parts
        .into_iter()
        .zip(sinks)
        .zip(streams)
        .filter_map(|(((room, frame, _), sink), stream)| {
            Some(Member { socket: sink?.reunite(stream?).ok()?, room, frame })
        })
        .collect();
    (members, outcome)
}

async fn write(
    index: usize,
    mut sink: SplitSink<Socket, Message>,
    mut due: mpsc::UnboundedReceiver<(u64, Duration)>,
    frame: Framing,
) -> (usize, SplitSink<Socket, Message>) {
    while let Some(first) = due.recv().await {
        let mut next = Some(first);
        while let Some((number, at)) = next {
            let text = frame(&content(number, at), number);
            if sink.feed(Message::text(text)).await.is_err() {
                return (index, sink);
            }
            next = due.try_recv().ok();
        }
        if sink.flush().await.is_err() {
            break;
        }
    }
    (index, sink)
}

/// Reads until all came, or nothing more came for 3 s after the load's end.
async fn read(
    index: usize,
    mut stream: SplitStream<Socket>,
    start: Instant,
    expected: u64,
    is_sender: bool,
    seconds: u64,
) -> (usize, SplitStream<Socket>, Seen) {
    let latencies = Vec::with_capacity(if is_sender { 0 } else { expected as usize });
    let mut seen = Seen { latencies, ..Seen::default() };
    let mut next = 0;
    let end = start + Duration::from_secs(seconds);
    while next < expected {
        let quiet = end.max(Instant::now()) + Duration::from_secs(3);
        let Ok(Some(Ok(message))) = tokio::time::timeout_at(quiet.into(), stream.next()).await else { break };
        let Message::Text(text) = message else { continue };
        if text.contains("\"type\":\"error\"") {
            seen.errors += 1;
            continue;
        }
        let Some((number, due)) = read_mark(&text) else { continue };
        match number.cmp(&next) {
            std::cmp::Ordering::Equal => next += 1,
            std::cmp::Ordering::Less => {
                seen.doubled += 1;
                continue;
            }
            std::cmp::Ordering::Greater => {
                seen.disordered += 1;
                next = number + 1;
            }
        }
        seen.arrived += 1;
        seen.bytes += text.len() as u64;
        if !is_sender {
            seen.latencies.push(start.elapsed().saturating_sub(due));
        }
    }
    (index, stream, seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_inside_a_frame() {
        let text = format!("{{\"type\":\"chat_message\",\"content\":\"{}\"}}", content(42, Duration::from_nanos(7)));
        assert_eq!(read_mark(&text), Some((42, Duration::from_nanos(7))));
        assert_eq!(read_mark("{\"type\":\"ack\"}"), None);
    }
}
