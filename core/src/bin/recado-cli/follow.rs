//! Sending one message, and printing those that come.

use std::collections::HashMap;

use recado_core::{
    client::Client,
    list,
    view::{Connection, Delivery, Event, Failure, FailureCode, MessageItem, TimelineItem},
};
use recado_protocol::{MessageType, RoomId, Seq};

/// Sends, and waits until the server has it. What is not acknowledged when this is interrupted stays in the outbox.
pub(crate) async fn send(client: &Client, room: RoomId, text: String) -> Result<(), Failure> {
    let mut events = client.events();
    let snapshot = client.open_room(room).await?;
    let mut items = snapshot.items;
    let key = client.send_message(room, text, None).await?;
    if client.connection().await? != Connection::Online {
        eprintln!("Kept in the outbox; waiting for the server.");
    }
    loop {
        match events.next().await {
            Some(Event::Timeline { subscription, diffs, .. }) if subscription == snapshot.subscription => {
                list::apply(&mut items, &diffs);
            }
            Some(Event::Lagged) => items = client.open_room(room).await?.items,
            Some(Event::Session { .. }) => {
                return Err(Failure::new(FailureCode::SessionEnded, "the session was ended"));
            }
            Some(_) => continue,
            None => return Ok(()),
        }
        let mine = items.iter().find_map(|item| match item {
            TimelineItem::Message(message) if message.key == key => message.delivery.as_ref(),
            _ => None,
        });
        match mine {
            Some(Delivery::Failed { failure }) => return Err(failure.clone()),
            Some(Delivery::Sending) | None => {}
            Some(Delivery::Sent | Delivery::Read { .. }) => return Ok(()),
        }
    }
}

/// Prints messages from now on, of one room or of all, until it is interrupted.
pub(crate) async fn tail(client: &Client, room: Option<RoomId>, json: bool) -> Result<(), Failure> {
    let mut events = client.events();
    let rooms = client.startup().await?.rooms;
    let mut titles: HashMap<RoomId, String> = rooms.iter().map(|room| (room.id, room.title.clone())).collect();
    let mut shown: HashMap<RoomId, Seq> = HashMap::new();
    for known in &rooms {
        let messages = client.room_messages(known.id).await?;
        shown.insert(known.id, messages.last().map_or(0, |message| message.seq));
    }
    if let Some(room) = room {
        let snapshot = client.open_room(room).await?;
        let items: Vec<&MessageItem> = snapshot.items.iter().filter_map(message).collect();
        for item in items.iter().skip(items.len().saturating_sub(10)).filter(|item| item.seq.is_some()) {
            let sender = &item.sender.display_name;
            print(json, room, &titles[&room], item.seq.unwrap_or(0), sender, &item.content)?;
        }
    }
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(()),
            event = events.next() => match event {
                None => return Ok(()),
                Some(Event::Rooms { .. } | Event::Timeline { .. } | Event::Lagged) => {}
                Some(_) => continue,
            },
        }
        for item in client.startup().await?.rooms {
            if room.is_some_and(|room| room != item.id) {
                continue;
            }
            titles.insert(item.id, item.title.clone());
            let after = shown.entry(item.id).or_insert(0);
            for message in client.room_messages(item.id).await? {
                if message.seq > *after {
                    *after = message.seq;
                    if message.message_type != MessageType::System {
                        let sender = &message.sender.display_name;
                        print(json, item.id, &item.title, message.seq, sender, &message.content)?;
                    }
                }
            }
        }
    }
}

fn message(item: &TimelineItem) -> Option<&MessageItem> {
    match item {
        TimelineItem::Message(message) => Some(message),
        TimelineItem::Gap { .. } => None,
    }
}

fn print(json: bool, room: RoomId, title: &str, seq: Seq, sender: &str, content: &str) -> Result<(), Failure> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let result = if json {
        let line = serde_json::json!({
            "chat_room": room, "room": title, "seq": seq, "sender": sender, "content": content,
        });
        writeln!(out, "{line}")
    } else {
        writeln!(out, "[{title}] {sender}: {content}")
    };
    result.and_then(|()| out.flush()).map_err(|error| Failure::new(FailureCode::Storage, error.to_string()))
}
