//! `/search`.

use axum::{Json, extract::State};
use recado_protocol::search::{Hits, Query, Zone};
use serde::Deserialize;

use super::extract::{Params, id};
use crate::{App, Error, auth::Principal, error::Result, store};

/// Filters may stand in the query or apart; both count.
#[derive(Debug, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    query: String,
    room: Option<String>,
    from: Option<String>,
    before: Option<String>,
    after: Option<String>,
    /// One or more, parted by commas.
    has: Option<String>,
    time_zone: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

pub(super) async fn search(
    State(app): State<App>,
    me: Principal,
    Params(search): Params<Search>,
) -> Result<Json<Hits>> {
    let zone = match &search.time_zone {
        Some(name) => {
            name.parse().map_err(|_| Error::invalid("time_zone", "a name such as Europe/Madrid, or an offset"))?
        }
        None => Zone::utc(),
    };
    let mut query = Query::parse(&search.query, &zone)?;
    for (name, value) in [("from", &search.from), ("before", &search.before), ("after", &search.after)] {
        if let Some(value) = value {
            query.narrow(name, value, &zone)?;
        }
    }
    for kind in search.has.iter().flat_map(|kinds| kinds.split(',')) {
        query.narrow("has", kind.trim(), &zone)?;
    }
    let search = store::Search {
        query,
        room: search.room.as_deref().map(id).transpose()?,
        cursor: search.cursor.as_deref().map(str::parse).transpose()?,
        limit: search.limit,
    };
    Ok(Json(app.store.search(me.id(), search).await?))
}
