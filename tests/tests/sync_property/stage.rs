//! Who and what there is: ana by her core behind the hostile way, juan and lucia by REST, two groups and a private room.

use rand::{Rng, rngs::StdRng};
use recado_core::view::{Delivery, TimelineItem};
use recado_tests::{
    CoreClient, Person, Settings, Value, World,
    core_client::room_id,
    json,
    proxy::{Mangling, Proxy},
    wait,
};

#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) ana: Person,
    pub(crate) juan: Person,
    pub(crate) lucia: Person,
    pub(crate) core: CoreClient,
    pub(crate) proxy: Proxy,
    /// Where ana stays.
    pub(crate) room: String,
    /// Where people come and go.
    pub(crate) other: String,
    /// Of ana and juan.
    pub(crate) private: String,
    /// Leads into `other`.
    pub(crate) invite: String,
    _world: World,
}

impl Stage {
    pub(crate) async fn new(seed: u64) -> Self {
        let world = World::with(Settings::default().with("HEARTBEAT_MS", "500")).await;
        let (ana, juan, lucia) = world.three().await;
        let room = juan.room("group", &[&ana, &lucia]).await;
        let other = juan.room("group", &[&ana]).await;
        let private = juan.room("private", &[&ana]).await;
        let invite = juan.rest.post(&format!("/rooms/{other}/invites"), json!({})).await.expect(201);
        let proxy = Proxy::new(world.server.port, seed, Mangling::default()).await;
        let core = world.core_at("ana", &proxy.url()).await;
        core.line_shows("the room", room_id(&room), |_| true).await;
        let invite = invite["code"].as_str().unwrap_or_default().to_owned();
        Self { ana, juan, lucia, core, proxy, room, other, private, invite, _world: world }
    }

    pub(crate) fn rooms(&self) -> [&String; 3] {
        [&self.room, &self.other, &self.private]
    }

    /// A room for the next step, mostly the first.
    pub(crate) fn somewhere(&self, random: &mut StdRng) -> String {
        match random.random_range(0..100) {
            0..65 => self.room.clone(),
            65..85 => self.other.clone(),
            _ => self.private.clone(),
        }
    }

    /// One of the newest messages, if there is any.
    pub(crate) async fn some_message(&self, random: &mut StdRng, room: &str) -> Option<Value> {
        let page = self.juan.rest.get(&format!("/rooms/{room}/messages?limit=30")).await.expect(200);
        let list: Vec<Value> = page["messages"].as_array().cloned().unwrap_or_default();
        (!list.is_empty()).then(|| list[random.random_range(0..list.len())].clone())
    }

    /// Lets ana in wherever she is out, and lets go again what was refused while she was; until all that she wrote is sent.
    pub(crate) async fn settle(&self, seed: u64) {
        wait::until(format!("seed {seed}: she is everywhere, and all is sent"), async || {
            for room in self.rooms() {
                if self.ana.rest.get(&format!("/rooms/{room}")).await.status == 404 {
                    let rest = &self.juan.rest;
                    rest.delete(&format!("/rooms/{room}/bans/{}", self.ana.id)).await;
                    rest.post(&format!("/rooms/{room}/participants"), json!({"user_id": self.ana.id})).await;
                }
                let id = room_id(room);
                if self.core.line(id).await.is_none() {
                    return Err(format!("{room} is not listed"));
                }
                let shown = self.core.client.open_room(id).await.map_err(|failure| failure.to_string())?;
                for item in shown.items {
                    if let TimelineItem::Message(message) = item
                        && matches!(message.delivery, Some(Delivery::Failed { .. }))
                    {
                        self.core.client.retry_message(id, message.key).await.map_err(|failure| failure.to_string())?;
                    }
                }
            }
            match self.core.client.outbox_len().await {
                Ok(0) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
    }
}
