//! Old messages: one page further up, a page into a gap, and the comparison with the server that nothing is missing.
//!
//! What is asked next the engine decides from its ranges; the request runs here, on the caller's task; the page goes back to
//! the engine, which makes it a range of its own until a sync has brought it to the cursor.

use recado_protocol::{Rev, RoomId, Seq, Timestamp, message::MessagePage, message::RangeDigest};

use crate::{
    api::Api,
    client::Client,
    engine::{AROUND, Command},
    view::{Failure, FailureCode, TimelineSnapshot},
};

/// Messages a page.
pub(crate) const PAGE: i64 = 50;

/// What stands before a wish for older messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextPage {
    /// The cache had them; they are shown.
    Shown,
    /// The server has them, before this place.
    Ask { before: Seq },
    /// There is nothing.
    None,
}

/// One range, here and on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeCheck {
    pub from: Seq,
    pub to: Seq,
    /// Hex SHA-256 over `id` and `rev` of each message held.
    pub local: String,
    pub server: String,
}

/// The answer of [`Client::verify_room`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The room's head, the same on both sides.
    pub rev: Rev,
    pub ranges: Vec<RangeCheck>,
    /// Every message from the first to the last is held.
    pub is_complete: bool,
}

impl Verification {
    /// Whether everything that is held equals what the server has.
    pub fn is_equal(&self) -> bool {
        self.ranges.iter().all(|range| range.local == range.server)
    }
}

/// What the engine answers for a comparison.
#[derive(Debug)]
pub(crate) struct LocalDigest {
    pub(crate) cursor: Rev,
    pub(crate) last_seq: Seq,
    /// `from`, `to`, digest.
    pub(crate) ranges: Vec<(Seq, Seq, String)>,
}

pub(crate) async fn load_older(client: &Client, room: RoomId) -> Result<(), Failure> {
    let next = client.ask(|reply| Command::Older { room, reply }).await??;
    fetch(client, room, next).await
}

pub(crate) async fn load_gap(client: &Client, room: RoomId, key: &str) -> Result<(), Failure> {
    let key = key.to_owned();
    let next = client.ask(|reply| Command::IntoGap { room, key, reply }).await??;
    fetch(client, room, next).await
}

async fn fetch(client: &Client, room: RoomId, next: NextPage) -> Result<(), Failure> {
    let NextPage::Ask { before } = next else { return Ok(()) };
    match page(&client.api().await?, room, before).await {
        Ok(page) => client.ask(|reply| Command::Page { room, page: Box::new(page), is_shown: true, reply }).await?,
        // Beyond the gap there may be older messages in the cache: better those than nothing.
        Err(failure) if crate::client::is_no_connection(&failure) => {
            let shown = client.ask(|reply| Command::OlderBeyondGap { room, reply }).await??;
            if shown { Ok(()) } else { Err(failure) }
        }
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn open_at(client: &Client, room: RoomId, seq: Seq) -> Result<TimelineSnapshot, Failure> {
    if !client.ask(|reply| Command::Holds { room, seq, reply }).await? {
        let page = page(&client.api().await?, room, seq + AROUND + 1).await?;
        client.ask(|reply| Command::Page { room, page: Box::new(page), is_shown: false, reply }).await??;
    }
    client.ask(|reply| Command::OpenRoom { room, target: Some(seq), reply }).await?
}

pub(crate) async fn open_at_date(client: &Client, room: RoomId, at: Timestamp) -> Result<TimelineSnapshot, Failure> {
    let (time, path) = (at.to_string(), format!("rooms/{room}/messages"));
    let told = client.api().await?.get::<MessagePage>(&path, &[("at", &time), ("limit", "1")]).await;
    let seq = match told {
        Ok(page) => page.messages.first().map(|message| message.seq),
        // The first that is held may not be the first that there is, but it is near.
        Err(failure) if crate::client::is_no_connection(&failure) => {
            client.ask(|reply| Command::FirstAt { room, at, reply }).await??
        }
        Err(failure) => return Err(failure),
    };
    match seq {
        Some(seq) => open_at(client, room, seq).await,
        None => client.open_room(room).await,
    }
}

/// The page before a place.
pub(crate) async fn page(api: &Api, room: RoomId, before: Seq) -> Result<MessagePage, Failure> {
    let (before, limit) = (before.to_string(), PAGE.to_string());
    api.get(&format!("rooms/{room}/messages"), &[("before", &before), ("limit", &limit)]).await
}

/// Compares ranges by digest. While changes are on their way the two sides differ rightly, so it takes them at the same head.
pub(crate) async fn verify(api: &Api, client: &Client, room: RoomId) -> Result<Verification, Failure> {
    for _ in 0..10 {
        let local = client.ask(|reply| Command::Digest { room, reply }).await??;
        let mut ranges = Vec::new();
        let mut is_same_head = true;
        for (from, to, digest) in &local.ranges {
            let (from_text, to_text) = (from.to_string(), to.to_string());
            let server: RangeDigest =
                api.get(&format!("rooms/{room}/digest"), &[("from", &from_text), ("to", &to_text)]).await?;
            is_same_head &= server.rev == local.cursor;
            ranges.push(RangeCheck { from: *from, to: *to, local: digest.clone(), server: server.digest });
        }
        if is_same_head {
            let is_complete = match ranges.as_slice() {
                [] => local.last_seq == 0,
                [only] => only.from == 1 && only.to == local.last_seq,
                _ => false,
            };
            return Ok(Verification { rev: local.cursor, ranges, is_complete });
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    Err(Failure::new(FailureCode::Unavailable, "the room changes too fast to be compared"))
}
