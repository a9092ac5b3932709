//! A hostile way between a core and its server: it drops, doubles and swaps what the server sends, and cuts connections.
//!
//! It speaks WebSocket to both sides, so that what it mangles is whole frames. Everything else (REST) it passes through. It
//! leaves the handshake's frames alone up to `ready`: what the protocol promises to survive is the live part, and a cut.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures_util::{SinkExt, StreamExt};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::{
    io::{AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinSet,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async, client_async,
    tungstenite::{
        Message,
        client::IntoClientRequest,
        handshake::server::{Request, Response},
    },
};

/// How often, in a thousand frames.
#[derive(Clone, Copy, Debug)]
pub struct Mangling {
    pub dropped: u32,
    pub doubled: u32,
    pub swapped: u32,
    pub cut: u32,
}

impl Default for Mangling {
    fn default() -> Self {
        Self { dropped: 60, doubled: 60, swapped: 100, cut: 8 }
    }
}

#[derive(Debug)]
struct Shared {
    server: u16,
    mangling: Mangling,
    is_calm: AtomicBool,
    cut: Notify,
    is_silent: watch::Sender<bool>,
}

impl Shared {
    /// While it is silent, nothing passes and nobody is told: as behind a pulled cable.
    async fn passes(&self) {
        // The sender lives as long as this does.
        let _ = self.is_silent.subscribe().wait_for(|silent| !silent).await;
    }
}

/// The proxy; its connections end with it.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    pub async fn new(server: u16, seed: u64, mangling: Mangling) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let shared = Arc::new(Shared {
            server,
            mangling,
            is_calm: false.into(),
            cut: Notify::new(),
            is_silent: watch::Sender::new(false),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, Arc::clone(&shared), seed));
        Self { port, shared, _tasks: tasks }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Breaks every connection now.
    pub fn cut(&self) {
        self.shared.cut.notify_waiters();
    }

    /// From now on nothing comes through, in either direction, old connections or new; and from `false` on, all that waited.
    pub fn silence(&self, on: bool) {
        self.shared.is_silent.send_replace(on);
    }

    /// From now on nothing is mangled.
    pub fn calm(&self) {
        self.shared.is_calm.store(true, Ordering::Relaxed);
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>, seed: u64) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    while let Ok((client, _)) = listener.accept().await {
        number += 1;
        connections.spawn(connection(client, Arc::clone(&shared), seed.wrapping_mul(1_000_003).wrapping_add(number)));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(mut client: TcpStream, shared: Arc<Shared>, seed: u64) {
    let mut start = [0; 8];
    // A WebSocket's path is `/ws/`; peeking leaves the bytes for whoever reads next.
    let known = loop {
        match client.peek(&mut start).await {
            Ok(0) | Err(_) => return,
            Ok(8) => break start,
            Ok(_) => tokio::task::yield_now().await,
        }
    };
    shared.passes().await;
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", shared.server)).await else {
        // As a dead server would.
        let _ = client.shutdown().await;
        return;
    };
    let cut = shared.cut.notified();
    if known.starts_with(b"GET /ws/") {
        tokio::select! {
            () = frames(client, server, &shared, seed) => {}
            () = cut => {}
        }
    } else {
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut server) => {}
            () = cut => {}
        }
    }
}

#[expect(clippy::result_large_err, reason = "the library's callback has that shape")]
async fn frames(client: TcpStream, server: TcpStream, shared: &Shared, seed: u64) {
    let mut asked = None;
    let keep = |request: &Request, mut answer: Response| {
        if let Some(offered) = request.headers().get("sec-websocket-protocol") {
            let text = offered.to_str().unwrap_or_default();
            let picked = text.split(',').map(str::trim).find(|name| *name == "recado.v1").unwrap_or(text).to_owned();
            if let Ok(picked) = picked.parse() {
                answer.headers_mut().insert("sec-websocket-protocol", picked);
            }
        }
        asked = Some((request.uri().clone(), request.headers().clone()));
        Ok(answer)
    };
    let Ok(client) = accept_hdr_async(client, keep).await else { return };
    let Some((uri, headers)) = asked else { return };
    let Ok(mut request) = format!("ws://127.0.0.1:{}{uri}", shared.server).into_client_request() else { return };
    for name in ["authorization", "sec-websocket-protocol"] {
        if let Some(value) = headers.get(name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    let Ok((server, _)) = Box::pin(client_async(request, server)).await else { return };
    mangle(client, server, shared, seed).await;
}

async fn mangle(client: WebSocketStream<TcpStream>, server: WebSocketStream<TcpStream>, shared: &Shared, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let (mut to_client, mut from_client) = client.split();
    let (mut to_server, mut from_server) = server.split();
    let up = async {
        while let Some(Ok(message)) = from_client.next().await {
            shared.passes().await;
            if to_server.send(message).await.is_err() {
                break;
            }
        }
    };
    let down = async {
        let mut is_live = false;
        let mut held: Option<Message> = None;
        while let Some(Ok(message)) = from_server.next().await {
            shared.passes().await;
            let is_mangled = is_live && message.is_text() && !shared.is_calm.load(Ordering::Relaxed);
            is_live |= matches!(&message, Message::Text(text) if text.contains(r#""type":"ready""#));
            let mut out = vec![];
            if is_mangled {
                let dice = random.random_range(0..1_000);
                let Mangling { dropped, doubled, swapped, cut } = shared.mangling;
                // An `ack` that is lost is a cut, as on any TCP connection; live frames are what a server may lose.
                let is_answer = matches!(&message, Message::Text(text) if is_answer(text));
                if dice < dropped && !is_answer {
                    continue;
                } else if dice < dropped + doubled {
                    out.extend([message.clone(), message]);
                } else if dice < dropped + doubled + swapped && held.is_none() && !is_answer {
                    held = Some(message);
                    continue;
                } else if dice < dropped + doubled + swapped + cut {
                    return;
                } else {
                    out.push(message);
                }
            } else {
                out.push(message);
            }
            out.extend(held.take());
            for message in out {
                if to_client.send(message).await.is_err() {
                    return;
                }
            }
        }
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}

/// Whether a frame answers something, rather than tells news. The streams' news are `sync` frames too, without a reference.
fn is_answer(text: &str) -> bool {
    let is = |kind: &str| text.contains(&format!(r#""type":"{kind}""#));
    is("ack") || is("error") || is("sync") && text.contains(r#""ref":"#)
}
