//! The people with their devices and rooms, and what an act is.

use futures_util::future::LocalBoxFuture;
use recado_core::view::RoomInfo;
use recado_protocol::{Message, Role, RoomId, UserId};
use recado_tests::{CoreClient, Person, Settings, Value, World, core_client::room_id, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    Ana,
    /// Ana's other one.
    Tablet,
    Juan,
    Lucia,
}

impl Device {
    pub(crate) const ALL: [Self; 4] = [Self::Ana, Self::Tablet, Self::Juan, Self::Lucia];
}

pub(crate) const EVERYONE: &[Device] = &Device::ALL;
pub(crate) const HERS: &[Device] = &[Device::Ana, Device::Tablet];
pub(crate) const OF_DIRECT: &[Device] = &[Device::Ana, Device::Tablet, Device::Juan];

/// Something that is done and seen. What an act finds is as those before it left it.
pub(crate) struct Act {
    pub(crate) name: &'static str,
    pub(crate) by: Device,
    /// It can be done offline, and waits.
    pub(crate) is_queued: bool,
    pub(crate) seen_by: &'static [Device],
    pub(crate) run: for<'a> fn(&'a Cast) -> LocalBoxFuture<'a, ()>,
    pub(crate) seen: for<'a> fn(&'a Cast, Device) -> LocalBoxFuture<'a, bool>,
}

#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) ana: Person,
    pub(crate) juan: Person,
    pub(crate) lucia: Person,
    cores: [CoreClient; 4],
    pub(crate) group: RoomId,
    /// Of ana and juan.
    pub(crate) direct: RoomId,
    pub(crate) community: RoomId,
    pub(crate) world: World,
}

impl Cast {
    pub(crate) async fn new() -> Self {
        // No heartbeat comes while a test runs: what is told late must not be told by it alone.
        let world = World::with(Settings::default().with("HEARTBEAT_MS", "300000")).await;
        let (ana, juan, lucia) = world.three().await;
        let group = ana.room("group", &[&juan, &lucia]).await;
        let direct = ana.room("private", &[&juan]).await;
        let community = ana.room("community", &[&juan, &lucia]).await;
        let cores =
            [world.core("ana").await, world.core("ana").await, world.core("juan").await, world.core("lucia").await];
        let [group, direct, community] = [&group, &direct, &community].map(|room| room_id(room));
        for core in &cores {
            core.line_shows("the group", group, |_| true).await;
            core.line_shows("the community", community, |_| true).await;
        }
        Self { ana, juan, lucia, cores, group, direct, community, world }
    }

    pub(crate) fn core(&self, device: Device) -> &CoreClient {
        &self.cores[device as usize]
    }

    pub(crate) fn rooms(&self) -> [RoomId; 3] {
        [self.group, self.direct, self.community]
    }

    pub(crate) async fn back_online(&self, device: Device) {
        let core = self.core(device);
        core.client.set_work_offline(false).await.expect("the core runs");
        core.online().await;
    }

    /// The message with that text, once the device holds it.
    pub(crate) async fn message(&self, device: Device, room: RoomId, text: &str) -> Option<Message> {
        self.core(device).messages(room).await.into_iter().find(|message| message.content == text)
    }

    /// The message with that text, which the device holds.
    pub(crate) async fn held(&self, device: Device, room: RoomId, text: &str) -> Message {
        self.message(device, room, text).await.unwrap_or_else(|| panic!("{device:?} has no {text:?}"))
    }

    pub(crate) async fn info(&self, device: Device, room: RoomId) -> Option<RoomInfo> {
        self.core(device).client.room_info(room).await.ok()
    }

    /// As the device sees it: none where they are not in, or the device does not list the room.
    pub(crate) async fn role(&self, device: Device, room: RoomId, who: &Person) -> Option<Role> {
        let info = self.info(device, room).await?;
        info.participants.iter().find(|one| one.person.id == id_of(who)).map(|one| one.role)
    }

    pub(crate) async fn is_listed(&self, device: Device, room: RoomId) -> bool {
        self.core(device).line(room).await.is_some()
    }

    /// Everything that lasts, as the server tells it to each of the three.
    pub(crate) async fn on_server(&self) -> Value {
        let mut all = Vec::new();
        for person in [&self.ana, &self.juan, &self.lucia] {
            let rooms = person.rest.get("/rooms").await.expect(200);
            for room in rooms["rooms"].as_array().into_iter().flatten() {
                let path = format!("/rooms/{}/me", room["id"].as_str().unwrap_or_default());
                // Just then they may be taken out.
                all.push(person.rest.patch(&path, json!({})).await.body);
            }
            all.push(rooms);
            all.push(person.rest.get("/me").await.expect(200));
            all.push(person.rest.get("/me/blocks").await.expect(200));
        }
        all.into()
    }
}

#[track_caller]
pub(crate) fn id_of(person: &Person) -> UserId {
    person.id.parse().unwrap_or_else(|_| panic!("{} is no id", person.id))
}
