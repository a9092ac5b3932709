//! What only a real listener shows: the upgrade, the subprotocol, the transport's pings.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::HeaderValue;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::World;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn listen(world: &World) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = crate::socket::routes().with_state(world.app.clone());
    let shutdown = world.app.shutdown.clone();
    tokio::spawn(async move {
        axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await.unwrap();
    });
    format!("ws://{address}")
}

async fn next(socket: &mut Socket) -> Message {
    tokio::time::timeout(Duration::from_secs(20), socket.next()).await.expect("something comes").unwrap().unwrap()
}

async fn next_frame(socket: &mut Socket) -> Value {
    serde_json::from_str(next(socket).await.to_text().unwrap()).unwrap()
}

async fn close_code(socket: &mut Socket) -> u16 {
    loop {
        if let Message::Close(Some(close)) = next(socket).await {
            return close.code.into();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_may_come_in_query_header_or_subprotocol_and_the_slash_is_free() {
    let world = World::start().await;
    let ana = world.someone("ana").await;
    let room = world.room_of(&ana, &[]).await;
    let base = listen(&world).await;
    for path in ["", "/"] {
        let url = format!("{base}/ws/chat/{room}{path}?token={}", ana.token);
        let (mut socket, _) = connect_async(url).await.unwrap();
        assert_eq!(next_frame(&mut socket).await["type"], "connection_success");

        let mut request = format!("{base}/ws{path}").into_client_request().unwrap();
        let bearer = HeaderValue::from_str(&format!("Bearer {}", ana.token)).unwrap();
        request.headers_mut().insert("Authorization", bearer);
        let (mut socket, _) = connect_async(request).await.unwrap();
        let hello = json!({"type": "hello", "protocol": 1}).to_string();
        socket.send(Message::Text(hello.into())).await.unwrap();
        assert_eq!(next_frame(&mut socket).await["type"], "connection_success");
    }
    let bearer = format!("bearer.{}", ana.token);
    for (offered, chosen) in [(format!("{bearer}, recado.v1"), "recado.v1"), (bearer.clone(), bearer.as_str())] {
        let mut request = format!("{base}/ws/chat/{room}/").into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_str(&offered).unwrap());
        let (mut socket, response) = connect_async(request).await.unwrap();
        assert_eq!(response.headers()["Sec-WebSocket-Protocol"], chosen);
        assert_eq!(next_frame(&mut socket).await["type"], "connection_success");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_socket_is_accepted_first() {
    let world = World::start().await;
    let base = listen(&world).await;
    for path in ["/ws/", "/ws/chat/none/"] {
        let (mut socket, response) = connect_async(format!("{base}{path}")).await.unwrap();
        assert_eq!(response.status(), 101);
        let error = next_frame(&mut socket).await;
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("unauthenticated")));
        assert_eq!(close_code(&mut socket).await, 4501);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_too_large_to_be_read_are_told_so_too() {
    let world = World::start().await;
    let ana = world.someone("ana").await;
    let base = listen(&world).await;
    for bytes in [200_000, 2_000_000, 6_000_000] {
        let (mut socket, _) = connect_async(format!("{base}/ws/?token={}", ana.token)).await.unwrap();
        socket.send(Message::Text(json!({"type": "hello", "protocol": 1}).to_string().into())).await.unwrap();
        while next_frame(&mut socket).await["type"] != "ready" {}
        let (mut sink, mut stream) = socket.split();
        let sending = tokio::spawn(async move {
            // The server need not take all of it.
            let _: Result<(), _> = sink.send(Message::Text("x".repeat(bytes).into())).await;
            sink
        });
        let code = loop {
            let read = tokio::time::timeout(Duration::from_secs(20), stream.next()).await.expect("it is closed");
            if let Message::Close(Some(close)) = read.unwrap().unwrap() {
                break u16::from(close.code);
            }
        };
        assert_eq!(code, 1009, "{bytes}");
        drop(sending.await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_socket_is_pinged_by_the_transport_and_its_silence_means_offline() {
    let world = World::with(|parts| parts.heartbeat_ms = 300).await;
    let (ana, juan) = (world.someone("ana").await, world.someone("juan").await);
    let room = world.room_of(&ana, &[&juan]).await;
    let base = listen(&world).await;
    let (mut a, _) = connect_async(format!("{base}/ws/chat/{room}/?token={}", ana.token)).await.unwrap();
    assert_eq!(next_frame(&mut a).await["type"], "connection_success");
    // Juan's client never reads, so it never answers a ping: the silent death.
    let (_j, _) = connect_async(format!("{base}/ws/chat/{room}/?token={}", juan.token)).await.unwrap();
    let mut pings = 0;
    let mut statuses = vec![];
    while statuses.len() < 2 {
        match next(&mut a).await {
            Message::Ping(_) => pings += 1,
            Message::Text(text) => {
                let frame: Value = serde_json::from_str(&text).unwrap();
                assert_eq!((&frame["type"], &frame["user_id"]), (&json!("user_status"), &json!(juan.id)));
                statuses.push(frame["status"].clone());
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(statuses, ["online", "offline"]);
    assert!(pings > 0, "and who reads is not closed");
}
