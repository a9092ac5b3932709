use uuid::Uuid;

use super::*;

fn node(n: u128) -> NodeId {
    NodeId(Uuid::from_u128(n))
}

fn ana() -> UserId {
    UserId(Uuid::from_u128(100))
}

fn room() -> RoomId {
    RoomId(Uuid::from_u128(200))
}

fn person(status: Status) -> Told {
    Told::Person { user: ana(), username: "ana".into(), status }
}

fn in_room(status: Status) -> Told {
    Told::Room { room: room(), user: ana(), username: "ana".into(), status }
}

#[test]
fn device_and_room_sockets_of_a_person_count_as_one() {
    let mut presence = Presence::new(node(1));
    assert_eq!(presence.device_opened(ana(), "ana", Status::Online).0, [person(Status::Online)]);
    assert_eq!(presence.room_opened(ana(), "ana", room()).0, [in_room(Status::Online)]);
    assert_eq!(presence.device_closed(ana(), "ana", false).0, []);
    assert_eq!(presence.room_closed(ana(), "ana", room()).0, [in_room(Status::Offline), person(Status::Offline)]);
    assert!(presence.here.is_empty());
}

#[test]
fn only_the_last_room_socket_means_offline_and_each_opening_is_told() {
    let mut presence = Presence::new(node(1));
    presence.room_opened(ana(), "ana", room());
    assert_eq!(presence.room_opened(ana(), "ana", room()).0, [in_room(Status::Online)]);
    assert_eq!(presence.room_closed(ana(), "ana", room()).0, []);
    assert!(presence.room_closed(ana(), "ana", room()).0.contains(&in_room(Status::Offline)));
}

#[test]
fn a_person_on_two_nodes_is_offline_when_both_say_so() {
    let now = Instant::now();
    let (mut one, mut two) = (Presence::new(node(1)), Presence::new(node(2)));
    let (_, news) = one.device_opened(ana(), "ana", Status::Online);
    assert_eq!(two.heard(node(1), news, now), (vec![person(Status::Online)], None));
    assert_eq!(two.device_opened(ana(), "ana", Status::Online).0, []);
    let (_, news) = one.device_closed(ana(), "ana", false);
    assert_eq!(two.heard(node(1), news, now).0, []);
    assert_eq!(two.device_closed(ana(), "ana", false).0, [person(Status::Offline)]);
}

#[test]
fn a_lost_change_is_noticed_and_the_whole_is_asked_for() {
    let now = Instant::now();
    let (mut one, mut two) = (Presence::new(node(1)), Presence::new(node(2)));
    one.device_opened(ana(), "ana", Status::Online);
    let (told, ask) = two.heard(node(1), one.alive(), now);
    assert_eq!((told, ask.clone()), (vec![], Some(News::Ask { of: node(1) })));
    let (_, all) = one.heard(node(2), ask.unwrap(), now);
    assert_eq!(two.heard(node(1), all.unwrap(), now).0, [person(Status::Online)]);
    assert_eq!(two.heard(node(1), one.alive(), now).1, None, "complete now");
    one.device_closed(ana(), "ana", false);
    let (_, ask) = two.heard(node(1), one.alive(), now);
    let (_, all) = one.heard(node(2), ask.unwrap(), now);
    assert_eq!(two.heard(node(1), all.unwrap(), now).0, [person(Status::Offline)]);
}

#[test]
fn a_change_behind_a_hole_counts_and_the_hole_is_still_asked_for() {
    let now = Instant::now();
    let (mut one, mut two) = (Presence::new(node(1)), Presence::new(node(2)));
    one.device_opened(UserId(Uuid::from_u128(101)), "juan", Status::Online);
    let (_, second) = one.device_opened(ana(), "ana", Status::Online);
    let (told, ask) = two.heard(node(1), second, now);
    assert_eq!((told, ask), (vec![person(Status::Online)], Some(News::Ask { of: node(1) })));
    assert!(two.heard(node(1), one.alive(), now).1.is_some());
}

#[test]
fn a_silent_node_is_forgotten_with_its_people_unless_nobody_can_be_heard() {
    let now = Instant::now();
    let (mut one, mut two) = (Presence::new(node(1)), Presence::new(node(2)));
    let (_, news) = one.room_opened(ana(), "ana", room());
    two.heard(node(1), news, now);
    assert_eq!(two.expire(now + SILENCE), []);
    two.excuse(now + SILENCE);
    assert_eq!(two.expire(now + SILENCE * 2), []);
    let told = two.expire(now + SILENCE * 3);
    assert!(told.contains(&person(Status::Offline)) && told.contains(&in_room(Status::Offline)));
    assert_eq!(two.status(ana()), Status::Offline);
}

#[test]
fn a_node_that_stops_says_so() {
    let now = Instant::now();
    let (mut one, mut two) = (Presence::new(node(1)), Presence::new(node(2)));
    let (_, news) = one.device_opened(ana(), "ana", Status::Online);
    two.heard(node(1), news, now);
    assert_eq!(two.heard(node(1), News::Gone, now).0, [person(Status::Offline)]);
}

#[test]
fn a_person_is_as_present_as_the_most_present_device_and_a_choice_goes_before() {
    let mut presence = Presence::new(node(1));
    presence.device_opened(ana(), "ana", Status::Online);
    presence.device_opened(ana(), "ana", Status::Online);
    assert_eq!(presence.idle(ana(), "ana", true).0, [], "the other device is in use");
    assert_eq!(presence.idle(ana(), "ana", true).0, [person(Status::Away)]);
    assert_eq!(presence.idle(ana(), "ana", false).0, [person(Status::Online)]);
    assert_eq!(presence.device_closed(ana(), "ana", false).0, [person(Status::Away)], "the one that is left is idle");
    assert_eq!(presence.chosen(ana(), Status::Dnd).0, [person(Status::Dnd)]);
    assert_eq!(presence.chosen(ana(), Status::Invisible).0, [person(Status::Offline)]);
    assert_eq!(presence.idle(ana(), "ana", false).0, []);
    assert_eq!(presence.device_closed(ana(), "ana", false).0, [], "nobody saw them");
    assert_eq!(presence.device_opened(ana(), "ana", Status::Invisible).0, []);
    assert_eq!(presence.chosen(ana(), Status::Online).0, [person(Status::Online)]);
}

#[test]
fn how_present_somebody_is_crosses_nodes() {
    let now = Instant::now();
    let (mut one, mut two) = (Presence::new(node(1)), Presence::new(node(2)));
    let (_, news) = one.device_opened(ana(), "ana", Status::Online);
    two.heard(node(1), news, now);
    let (_, news) = one.idle(ana(), "ana", true);
    assert_eq!(two.heard(node(1), news, now).0, [person(Status::Away)]);
    assert_eq!(two.device_opened(ana(), "ana", Status::Online).0, [person(Status::Online)]);
    let (_, news) = one.chosen(ana(), Status::Invisible);
    assert_eq!(two.heard(node(1), news, now).0, [person(Status::Offline)]);
    assert_eq!(two.chosen(ana(), Status::Invisible).0, []);
}
