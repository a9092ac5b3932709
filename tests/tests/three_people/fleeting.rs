//! What is told once and forgotten, and what never leaves a device.

use recado_core::view::RoomItem;
use recado_protocol::user::Status;
use recado_tests::wait;

use crate::cast::{Cast, Device};

#[tokio::test(flavor = "multi_thread")]
async fn typing_shows_on_every_device_of_the_others_ends_and_is_not_told_again() {
    let cast = Cast::new().await;
    let his = &cast.core(Device::Juan).client;
    cast.core(Device::Lucia).go_offline().await;
    his.set_typing(cast.group, true).await.unwrap();
    for device in [Device::Ana, Device::Tablet] {
        cast.core(device).line_shows("who types", cast.group, |line| line.typing == ["juan"]).await;
    }
    cast.back_online(Device::Lucia).await;
    assert!(cast.core(Device::Lucia).line(cast.group).await.is_some_and(|line| line.typing.is_empty()));
    // Who writes has typed.
    cast.juan.post(&cast.group.to_string(), "hola").await;
    let is_still = |line: &RoomItem| line.typing.is_empty() && line.last_message.is_some();
    for device in [Device::Ana, Device::Tablet, Device::Lucia] {
        cast.core(device).line_shows("nobody types", cast.group, is_still).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_follows_the_most_present_device_and_a_choice_reaches_ones_own() {
    let cast = Cast::new().await;
    let his = cast.core(Device::Juan);
    let status = |status: Status| move |line: &RoomItem| line.status == Some(status);
    his.line_shows("she is there", cast.direct, status(Status::Online)).await;
    cast.core(Device::Ana).go_offline().await;
    cast.core(Device::Tablet).client.set_presence(Status::Dnd).await.unwrap();
    his.line_shows("not to be disturbed, by her other device", cast.direct, status(Status::Dnd)).await;
    cast.back_online(Device::Ana).await;
    let chosen = async |device: Device, want: Status| {
        let core = cast.core(device);
        wait::until(format!("{want:?} on {device:?}"), async || match core.client.startup().await {
            Ok(startup) if startup.presence == want => Ok(()),
            other => Err(other.map(|startup| startup.presence)),
        })
        .await;
    };
    chosen(Device::Ana, Status::Dnd).await;
    // Chosen offline: it counts here at once, and everywhere afterwards.
    cast.core(Device::Ana).go_offline().await;
    cast.core(Device::Ana).client.set_presence(Status::Invisible).await.unwrap();
    chosen(Device::Ana, Status::Invisible).await;
    chosen(Device::Tablet, Status::Dnd).await;
    cast.back_online(Device::Ana).await;
    chosen(Device::Tablet, Status::Invisible).await;
    his.line_shows("as if she were not there", cast.direct, status(Status::Offline)).await;
    cast.core(Device::Tablet).client.set_presence(Status::Online).await.unwrap();
    chosen(Device::Ana, Status::Online).await;
    his.line_shows("there again", cast.direct, status(Status::Online)).await;
    for device in [Device::Ana, Device::Tablet] {
        cast.core(device).go_offline().await;
    }
    his.line_shows("on no device any more", cast.direct, status(Status::Offline)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_stays_on_its_device() {
    let cast = Cast::new().await;
    cast.core(Device::Ana).client.save_draft(cast.group, "a medio escri".into()).await.unwrap();
    cast.core(Device::Ana).send(cast.direct, "hola").await;
    cast.core(Device::Tablet).has(cast.direct, &["hola"]).await;
    let drafts = async |device: Device| cast.core(device).line(cast.group).await.and_then(|line| line.draft);
    assert_eq!(drafts(Device::Ana).await.as_deref(), Some("a medio escri"));
    let fresh = cast.world.core("ana").await;
    fresh.has(cast.direct, &["hola"]).await;
    assert_eq!(fresh.line(cast.group).await.and_then(|line| line.draft), None);
    for device in [Device::Tablet, Device::Juan, Device::Lucia] {
        assert_eq!(drafts(device).await, None);
    }
}
