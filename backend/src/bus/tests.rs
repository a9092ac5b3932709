//! One suite on both buses, and what only Redis has.

use std::time::Duration;

use recado_protocol::{
    Rev, RoomId, ServerFrame, SessionId, UserId,
    frame::{MeRooms, MeSync, SyncFrame},
};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{Bus, BusState, Channel, Inbox, Incoming, link::Probe, probe, redis_server::RedisServer};
use crate::{
    event::{Audience, Event},
    hub::News,
    store::Publisher,
};

const DEADLINE: Duration = Duration::from_secs(20);

fn room(n: u128) -> RoomId {
    RoomId(Uuid::from_u128(n))
}

fn ana() -> UserId {
    UserId(Uuid::from_u128(7))
}

fn deleted(n: u128, rev: Rev) -> Event {
    let frame = ServerFrame::MessageDeleted {
        chat_room: Some(room(n)),
        rev,
        message_id: recado_protocol::MessageId(Uuid::from_u128(9)),
        seq: 1,
        user_id: ana(),
    };
    Event::Room { room: room(n), rev, frame }
}

fn me(rev: Rev) -> Event {
    let sync = MeSync { me: MeRooms::default(), upto: rev, reference: None };
    Event::Me { user: ana(), rev, frame: ServerFrame::Sync(SyncFrame::Me(sync)) }
}

fn typing(n: u128) -> Event {
    let frame =
        ServerFrame::TypingStatus { chat_room: Some(room(n)), user_id: ana(), username: "ana".into(), is_typing: true };
    Event::Transient { room: room(n), from: ana(), audience: Audience::Others, except: vec![], frame }
}

fn every_kind() -> Vec<Event> {
    vec![
        deleted(1, 1),
        typing(1),
        me(2),
        Event::Joined { room: room(1), user: ana(), me: 3, frame: ServerFrame::Ready {} },
        Event::Removed { room: room(1), user: ana(), me: 4 },
        Event::RoomDeleted { room: room(1), users: vec![(ana(), 5)] },
        Event::People { rev: 6, frame: ServerFrame::Ready {} },
        Event::SessionEnded { session: SessionId(Uuid::from_u128(3)) },
    ]
}

async fn next(inbox: &mut Inbox) -> Incoming {
    tokio::time::timeout(DEADLINE, inbox.recv()).await.expect("something comes").expect("the bus lives")
}

/// The next of these that is no presence.
async fn next_event(inbox: &mut Inbox) -> Event {
    loop {
        match next(inbox).await {
            Incoming::Remote(event) => return *event,
            Incoming::Local(events) => panic!("not ours: {events:?}"),
            Incoming::News { .. } => {}
        }
    }
}

async fn state_becomes(bus: &Bus, state: BusState) {
    let wait = async {
        while bus.state() != state {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, wait).await.expect("the bus comes to that state");
}

/// What holds on every bus.
async fn contract(bus: &Bus) {
    let mut inbox = bus.take_inbox().unwrap();
    assert!(bus.take_inbox().is_none(), "one hub a bus");
    bus.subscribe(vec![Channel::Room(room(1)), Channel::User(ana())]).await;
    bus.publish(vec![]);
    bus.publish(every_kind());
    for rev in 1..=1000 {
        bus.publish(vec![deleted(2, rev)]);
    }
    assert_eq!(next(&mut inbox).await, Incoming::Local(every_kind()), "whole and in order");
    for rev in 1..=1000 {
        assert_eq!(next(&mut inbox).await, Incoming::Local(vec![deleted(2, rev)]));
    }
    bus.unsubscribe(vec![Channel::Room(room(1))]);
    bus.publish(vec![deleted(1, 2)]);
    assert_eq!(next(&mut inbox).await, Incoming::Local(vec![deleted(1, 2)]), "local ones need no subscription");
    for _ in 0..20_000 {
        bus.publish(vec![me(1)]);
    }
    assert!(bus.dropped() > 0, "publishing never waits, and says what it could not keep");
}

#[tokio::test]
async fn the_contract_holds_in_process() {
    let bus = Bus::in_process();
    contract(&bus).await;
    assert_eq!(bus.state(), BusState::Ok);
    assert!(!bus.has_others());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_on_redis() {
    let server = RedisServer::start();
    let bus = Bus::redis(&server.url(), &TaskTracker::new()).unwrap();
    state_becomes(&bus, BusState::Ok).await;
    contract(&bus).await;
    bus.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_hears_what_it_subscribed_to_in_order_and_never_itself() {
    let server = RedisServer::start();
    let tracker = TaskTracker::new();
    let one = Bus::redis(&server.url(), &tracker).unwrap();
    let two = Bus::redis(&server.url(), &tracker).unwrap();
    state_becomes(&one, BusState::Ok).await;
    state_becomes(&two, BusState::Ok).await;
    let mut heard = two.take_inbox().unwrap();
    two.subscribe(vec![Channel::Room(room(1)), Channel::User(ana())]).await;
    one.publish(vec![deleted(5, 1)]);
    one.publish(every_kind());
    for event in every_kind() {
        assert_eq!(next_event(&mut heard).await, event);
    }
    for rev in 1..=500 {
        one.publish(vec![deleted(1, rev)]);
    }
    for rev in 1..=500 {
        assert_eq!(next_event(&mut heard).await, deleted(1, rev));
    }
    one.announce(News::Alive { version: 4 });
    assert_eq!(next(&mut heard).await, Incoming::News { from: one.node(), news: News::Alive { version: 4 } });

    two.unsubscribe(vec![Channel::Room(room(1))]);
    two.subscribe(vec![Channel::Room(room(2))]).await;
    one.publish(vec![deleted(1, 501), deleted(2, 1)]);
    assert_eq!(next_event(&mut heard).await, deleted(2, 1));

    // What `one` has in its inbox is its own, said once, and nothing of it over Redis.
    let mut own = one.take_inbox().unwrap();
    while let Some(incoming) = own.try_recv() {
        assert!(matches!(incoming, Incoming::Local(_)), "{incoming:?}");
    }
    one.close();
    two.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_redis_degrades_and_a_new_one_is_found_with_all_subscriptions() {
    let mut server = RedisServer::start();
    let tracker = TaskTracker::new();
    let one = Bus::redis(&server.url(), &tracker).unwrap();
    let two = Bus::redis(&server.url(), &tracker).unwrap();
    let mut own = one.take_inbox().unwrap();
    let mut heard = two.take_inbox().unwrap();
    two.subscribe(vec![Channel::Room(room(1))]).await;
    state_becomes(&one, BusState::Ok).await;
    state_becomes(&two, BusState::Ok).await;

    server.kill();
    state_becomes(&one, BusState::Degraded).await;
    state_becomes(&two, BusState::Degraded).await;
    one.publish(vec![deleted(1, 1)]);
    assert_eq!(next(&mut own).await, Incoming::Local(vec![deleted(1, 1)]), "this node goes on");
    // Wished while it is away: nobody waits, and it counts when it is back.
    two.subscribe(vec![Channel::Room(room(2))]).await;

    server.revive();
    state_becomes(&one, BusState::Ok).await;
    state_becomes(&two, BusState::Ok).await;
    one.publish(vec![deleted(1, 2), deleted(2, 3)]);
    assert_eq!(next_event(&mut heard).await, deleted(1, 2), "what was said meanwhile is not said late");
    assert_eq!(next_event(&mut heard).await, deleted(2, 3));
    one.close();
    two.close();
    tracker.close();
    tokio::time::timeout(DEADLINE, tracker.wait()).await.expect("its tasks end");
}

#[tokio::test]
async fn a_bus_starts_without_redis_and_a_wrong_address_is_an_error() {
    let tracker = TaskTracker::new();
    let bus = Bus::redis("redis://127.0.0.1:1/", &tracker).unwrap();
    assert_eq!(bus.state(), BusState::Degraded);
    assert!(Bus::redis("what is this", &tracker).is_err());
    bus.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_tells_a_working_redis_from_none() {
    let mut server = RedisServer::start();
    let found = probe(&server.url()).await.unwrap();
    assert_eq!(found, Probe { connected: true, written_and_read: true, published_and_received: true });
    server.kill();
    let (found, _) = probe(&server.url()).await.unwrap_err();
    assert_eq!(found, Probe::default());
}
