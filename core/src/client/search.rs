//! Finding messages: first what is held, at once and without a connection; then, with a call of its own, what the server finds.

use recado_protocol::{
    RoomId,
    search::{Hits, Zone},
};

use super::{Client, is_no_connection};
use crate::{
    engine::{Command, SEARCH_PAGE, Search, Told},
    view::{Connection, Failure, SearchPage},
};

impl Client {
    /// Messages that are held here, the latest first: for every key that is typed. `cursor` is `next` of the page before. A bad
    /// filter is an `InvalidRequest` with its name in `field`; what a query is stands at
    /// [`Query`](recado_protocol::search::Query).
    pub async fn search_messages(
        &self,
        query: String,
        room: Option<RoomId>,
        cursor: Option<String>,
    ) -> Result<SearchPage, Failure> {
        self.found(Search { query, room, cursor }, Told::Nothing).await
    }

    /// What is held here and what the server finds as one list, each message once: to be shown in the place of what
    /// [`Client::search_messages`] gave, unless that was complete. Without a connection it is the same, and says so.
    pub async fn search_server(
        &self,
        query: String,
        room: Option<RoomId>,
        cursor: Option<String>,
    ) -> Result<SearchPage, Failure> {
        let search = Search { query, room, cursor };
        // What is wrong with it is known without the server.
        let is_empty = search.parse()?.0.is_empty();
        if is_empty {
            return self.found(search, Told::Nothing).await;
        }
        let told = if self.connection().await? == Connection::WorkingOffline {
            Told::Unreachable
        } else {
            match self.ask_server(&search).await {
                Ok(hits) => Told::Hits(Box::new(hits)),
                Err(failure) if is_no_connection(&failure) => Told::Unreachable,
                Err(failure) => return Err(failure),
            }
        };
        self.found(search, told).await
    }

    async fn ask_server(&self, search: &Search) -> Result<Hits, Failure> {
        let (zone, limit) = (Zone::system().to_string(), SEARCH_PAGE.to_string());
        let room = search.room.map(|room| room.to_string());
        let mut parameters =
            vec![("query", search.query.as_str()), ("time_zone", zone.as_str()), ("limit", limit.as_str())];
        parameters.extend(room.as_deref().map(|room| ("room", room)));
        parameters.extend(search.cursor.as_deref().map(|cursor| ("cursor", cursor)));
        self.api().await?.get("search", &parameters).await
    }

    async fn found(&self, search: Search, told: Told) -> Result<SearchPage, Failure> {
        self.ask(|reply| Command::Search { search, told, reply }).await?
    }
}
