//! Three people, one of them on two devices, in a group, a direct chat and a community: everything that lasts reaches every device
//! that is to see it, live, after having been offline meanwhile, and when it was done offline itself.

mod cast;
mod fleeting;
mod messages;
mod own;
mod races;
mod rooms;

use recado_tests::{Value, wait};

use cast::{Act, Cast, Device};

/// Who is offline while something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Nobody.
    Live,
    /// All but the one who does it.
    WatchersOffline,
    /// The one who does it, who comes back afterwards.
    ActorOffline,
}

fn acts() -> Vec<Act> {
    [messages::acts(), own::acts(), rooms::acts()].into_iter().flatten().collect()
}

async fn seen(cast: &Cast, act: &Act, order: Order) {
    for device in act.seen_by {
        let core = cast.core(*device);
        wait::until(format!("{}, {order:?}, on {device:?}", act.name), async || {
            if (act.seen)(cast, *device).await { Ok(()) } else { Err(core.client.startup().await.map(|all| all.rooms)) }
        })
        .await;
    }
}

/// Waits until the server shows something else than before.
async fn happened(cast: &Cast, act: &Act, before: &Value) {
    wait::until(format!("{} there", act.name), async || {
        if cast.on_server().await == *before { Err("nothing changed") } else { Ok(()) }
    })
    .await;
}

/// Does them one after the other; gives how many were done.
async fn play(order: Order) -> usize {
    let cast = Cast::new().await;
    let mut done = 0;
    for act in acts() {
        let before = if order == Order::Live { Value::Null } else { cast.on_server().await };
        match order {
            Order::Live => (act.run)(&cast).await,
            Order::WatchersOffline => {
                let watchers = Device::ALL.into_iter().filter(|device| *device != act.by);
                for device in watchers.clone() {
                    cast.core(device).go_offline().await;
                }
                (act.run)(&cast).await;
                happened(&cast, &act, &before).await;
                for device in watchers {
                    cast.back_online(device).await;
                }
            }
            // What cannot be done offline has to be done all the same: what follows builds on it.
            Order::ActorOffline if !act.is_queued => (act.run)(&cast).await,
            Order::ActorOffline => {
                cast.core(act.by).go_offline().await;
                (act.run)(&cast).await;
                assert_eq!(cast.on_server().await, before, "{}: known there although offline", act.name);
                cast.back_online(act.by).await;
                done += 1;
            }
        }
        if order != Order::ActorOffline {
            done += 1;
        }
        seen(&cast, &act, order).await;
    }
    for device in Device::ALL {
        for room in cast.rooms() {
            let core = cast.core(device);
            if core.line(room).await.is_some() {
                core.verified(room).await;
            }
        }
    }
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_lasts_reaches_every_device_live() {
    assert_eq!(play(Order::Live).await, ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_lasts_reaches_every_device_that_was_offline_meanwhile() {
    assert_eq!(play(Order::WatchersOffline).await, ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_offline_reaches_every_device_afterwards() {
    assert_eq!(play(Order::ActorOffline).await, QUEUED);
}

/// How many acts there are, so that a list that shrinks is noticed.
const ALL: usize = 44;
/// Of them, those that can be done offline.
const QUEUED: usize = 25;
