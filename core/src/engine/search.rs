//! Finding messages: here at once, and behind that with what the server found.

use recado_protocol::{
    ChatType, Message, RoomId, UserId,
    search::{Highlight, HitCursor, Hits, Query, Zone, is_named},
};
use tokio::time::{Duration, Instant};

use super::{
    account::{Account, RoomState, first_held},
    calls::no_room,
};
use crate::{
    cache::Wanted,
    plain,
    sealed::StoreError,
    timeline,
    view::{Failure, FailureCode, SearchHit, SearchPage},
};

/// Hits of a page.
pub(crate) const PAGE: usize = 50;
/// Messages of before the index that are indexed in one go, so that nothing waits for long, and the rest between.
const STEP: i64 = 200;
const STEP_PAUSE: Duration = Duration::from_millis(50);

/// What is looked for.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) query: String,
    /// In this room alone.
    pub(crate) room: Option<RoomId>,
    /// Behind the hits of an earlier page.
    pub(crate) cursor: Option<String>,
}

impl Search {
    /// What it means. A bad filter is refused by name.
    pub(crate) fn parse(&self) -> Result<(Query, Option<HitCursor>), Failure> {
        let refused = |error: recado_protocol::search::QueryError| {
            Failure::new(FailureCode::InvalidRequest, error.message).at(error.field)
        };
        let query = Query::parse(&self.query, &Zone::system()).map_err(refused)?;
        let cursor = self.cursor.as_deref().map(str::parse).transpose().map_err(refused)?;
        Ok((query, cursor))
    }
}

/// What the server said to it.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// It was not asked.
    Nothing,
    Hits(Box<Hits>),
    Unreachable,
}

impl Account {
    pub(super) async fn search(&mut self, search: &Search, told: Told) -> Result<SearchPage, Failure> {
        let (query, cursor) = search.parse()?;
        if search.room.is_some_and(|room| !self.rooms.contains_key(&room)) {
            return Err(no_room());
        }
        let is_offline = matches!(told, Told::Unreachable);
        if query.is_empty() {
            return Ok(SearchPage { hits: Vec::new(), next: None, is_complete: true, is_offline });
        }
        let (mut found, mut has_more) = self.held_hits(&query, search.room, cursor).await?;
        let is_told = matches!(told, Told::Hits(_));
        if let Told::Hits(told) = told {
            has_more |= told.next.is_some();
            for hit in told.messages {
                // A room that is not here yet cannot be jumped to.
                if self.rooms.contains_key(&hit.message.chat_room) {
                    self.learn(&hit.message.sender).await?;
                    found.retain(|message| message.id != hit.message.id);
                    found.push(hit.message);
                }
            }
            found.sort_by_key(|message| std::cmp::Reverse(HitCursor::of(message)));
            has_more |= found.len() > PAGE;
            found.truncate(PAGE);
        }
        let next = found.last().filter(|_| has_more).map(|last| HitCursor::of(last).to_string());
        let is_complete = is_told || self.holds_all(search.room).await?;
        let hits = found.iter().filter_map(|message| self.hit(&query, message)).collect();
        Ok(SearchPage { hits, next, is_complete, is_offline })
    }

    async fn held_hits(
        &mut self,
        query: &Query,
        room: Option<RoomId>,
        cursor: Option<HitCursor>,
    ) -> Result<(Vec<Message>, bool), StoreError> {
        let senders = (!query.from.is_empty()).then(|| self.meant_people(&query.from));
        let rooms = match (room, query.rooms.is_empty()) {
            (None, true) => None,
            (Some(room), true) => Some(vec![room]),
            (only, false) => {
                let meant =
                    self.rooms.values().filter(|room| self.is_meant(room, &query.rooms)).map(|room| room.row.id);
                Some(meant.filter(|room| only.is_none_or(|only| only == *room)).collect())
            }
        };
        let wanted = Wanted {
            expression: query.expression(rooms.as_deref(), senders.as_deref()),
            since: query.since,
            until: query.until,
            cursor,
            limit: PAGE,
        };
        self.cache.hits(&wanted, &self.people).await
    }

    fn meant_people(&self, names: &[String]) -> Vec<UserId> {
        let is_meant = |id: UserId, username: &str, display_name: &str| {
            names.iter().any(|name| {
                (name == "me" && id == self.me.id)
                    || name.parse() == Ok(id)
                    || is_named(username, name)
                    || is_named(display_name, name)
            })
        };
        let people = self.people.values().filter(|user| is_meant(user.id, &user.username, &user.display_name));
        people.map(|user| user.id).collect()
    }

    /// By its name, or by any name of the other person in a private room.
    fn is_meant(&self, room: &RoomState, names: &[String]) -> bool {
        let is_private = room.row.chat_type == ChatType::Private;
        let peers = room.members.keys().filter(|user| is_private && **user != self.me.id);
        let known: Vec<&str> = if is_private {
            let of_peer = peers.filter_map(|user| self.people.get(user));
            let told = of_peer.flat_map(|user| [user.username.as_str(), user.display_name.as_str()]);
            told.chain(room.row.mine.settings.nickname.as_deref()).collect()
        } else {
            room.row.name.as_deref().into_iter().collect()
        };
        names.iter().any(|name| known.iter().any(|known| is_named(known, name)))
    }

    /// Whether all that one may read is held and indexed: then the server knows no more.
    async fn holds_all(&mut self, room: Option<RoomId>) -> Result<bool, StoreError> {
        let mut asked = self.rooms.values().filter(|state| room.is_none_or(|room| room == state.row.id));
        let is_held = asked.all(|room| room.row.last_seq == 0 || first_held(room) == Some(1));
        Ok(is_held && !self.cache.has_unindexed().await?)
    }

    /// As it is listed; nothing of a room that is being left.
    fn hit(&self, query: &Query, message: &Message) -> Option<SearchHit> {
        let room = self.rooms.get(&message.chat_room).filter(|room| !self.is_leaving(room.row.id))?;
        let (snippet, highlights) = snippet(query, &message.content);
        Some(SearchHit {
            message: message.id,
            room: message.chat_room,
            room_title: self.room_item(room).title,
            seq: message.seq,
            sender: timeline::person(&self.people, message.sender.id),
            is_own: message.sender.id == self.me.id,
            at: message.created_at,
            message_type: message.message_type,
            snippet,
            highlights,
            is_pinned: message.pinned.is_some(),
        })
    }

    /// Indexes what was held before there was an index, a little at a time.
    pub(super) async fn index_older(&mut self) -> Result<(), StoreError> {
        self.cache.begin().await?;
        self.cache.index_some(STEP, &self.people).await?;
        self.cache.commit().await?;
        self.index_at = self.cache.has_unindexed().await?.then(|| Instant::now() + STEP_PAUSE);
        Ok(())
    }
}

/// Of the words alone: what is hidden is found, and not told here.
fn snippet(query: &Query, content: &str) -> (String, Vec<Highlight>) {
    query.snippet(&plain::text(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_marked_in_the_words_without_marks() {
        let told = |query: &str, content: &str| {
            let query = Query::parse(query, &Zone::utc()).expect("a good query");
            let (line, found) = snippet(&query, content);
            let units: Vec<u16> = line.encode_utf16().collect();
            let found = found.iter().map(|found| &units[found.start as usize..found.end as usize]);
            (line, found.map(|units| String::from_utf16(units).expect("whole letters")).collect::<Vec<_>>())
        };
        let content = "👍 the **blue** pot,\nsee [`the map`](https://example.org/blue)";
        assert_eq!(told("blue ", content), ("👍 the blue pot, see the map".into(), vec!["blue".into()]));
        assert_eq!(told("map ", content).1, ["map"]);
        assert_eq!(told("cake ", "it is ||a cake||"), ("it is ▒▒▒▒".into(), vec![]));
    }
}
