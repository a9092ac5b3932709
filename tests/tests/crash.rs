//! Acknowledged means committed: the server is killed in the middle of 1,000 sends, twenty times, and so are the cores.

use std::{collections::HashSet, time::Duration};

use recado_tests::{
    Rest, Socket, Value, World,
    cli::Cli,
    core_client::room_id,
    json,
    oracle::{assert_dense, digest, history},
    socket::Seen,
    wait,
};

/// What a plain client that keeps its outbox learned: `client_id`s in the order acked, with the message and place.
#[derive(Debug, Default)]
struct Acked(Vec<(String, Value)>);

/// Sends `texts` one after the other's ack on that socket, as far as it lives. Gives how many were acked.
async fn send(socket: &mut Socket, room: &str, texts: &[String], acked: &mut Acked) -> usize {
    let frames =
        texts.iter().map(|text| json!({"type": "chat_message", "chat_room": room, "content": text, "client_id": text}));
    let _ = socket.flood(frames).await;
    let mut done = 0;
    while done < texts.len() {
        match socket.see().await {
            Seen::Frame(frame) if frame["type"] == "ack" => {
                assert_eq!(frame["client_id"], texts[done], "acks of one room come in order");
                acked.0.push((texts[done].clone(), frame));
                done += 1;
            }
            Seen::Frame(frame) => assert_ne!(frame["type"], "error", "{frame}"),
            Seen::Closed(_) => break,
        }
    }
    done
}

/// Every acked message is there once at the place that the ack said.
async fn check(rest: &Rest, room: &str, acked: &Acked) {
    let all = history(rest, room).await;
    assert_dense(&all);
    for (client_id, ack) in &acked.0 {
        let found: Vec<_> = all.iter().filter(|message| message["client_id"] == *client_id).collect();
        assert_eq!(found.len(), 1, "{client_id} is there {} times", found.len());
        assert_eq!((&found[0]["id"], &found[0]["seq"]), (&ack["message_id"], &ack["seq"]));
        assert_eq!(found[0]["created_at"], ack["created_at"]);
    }
    let ids: HashSet<_> = all.iter().map(|message| message["id"].to_string()).collect();
    assert_eq!(ids.len(), all.len());
    let server = rest.get(&format!("/rooms/{room}/digest?from=1&to={}", all.len())).await.expect(200);
    assert_eq!(server["digest"], digest(&all));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_the_middle_of_a_thousand_sends_twenty_times_loses_nothing_acked() {
    let mut world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("group", &[&juan]).await;
    let texts: Vec<_> = (0..1_000).map(|number| format!("m{number}")).collect();
    let mut acked = Acked::default();
    let mut next = 0;
    for kill in 1..=20 {
        let mut socket = ana.device().await;
        // The kill falls in the middle of this round's frames: some are committed, some acked, some neither.
        let goal = kill * 50;
        let round = &texts[next..(goal + 25).min(texts.len())];
        let wanted = goal.saturating_sub(next).max(1);
        let before = acked.0.len();
        let sending = send(&mut socket, &room, round, &mut acked);
        let pid = world.server.process().id().to_string();
        let killing = async {
            // Spread over the round without a clock: by how much of it is stored.
            wait::until("half of the round is stored", async || {
                let head = juan.rest.get(&format!("/rooms/{room}/messages?limit=1")).await.expect(200);
                let stored = head["messages"][0]["seq"].as_u64().unwrap_or(0) as usize;
                if stored + wanted / 2 >= goal { Ok(()) } else { Err(stored) }
            })
            .await;
            let status = std::process::Command::new("kill").args(["-KILL", &pid]).status();
            assert!(status.is_ok_and(|status| status.success()));
        };
        let (_, ()) = tokio::join!(sending, killing);
        next += acked.0.len() - before;
        world.server.restart().await;
    }
    let mut socket = ana.device().await;
    send(&mut socket, &room, &texts[next..], &mut acked).await;
    assert_eq!(acked.0.len(), 1_000);
    check(&juan.rest, &room, &acked).await;
    let all = history(&juan.rest, &room).await;
    assert_eq!(recado_tests::oracle::contents(&all), texts, "each once, in the order sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn cores_carry_a_thousand_messages_over_twenty_deaths_of_the_server() {
    let mut world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let id = room_id(&room);
    let (hers, his) = (world.core("ana").await, world.core("juan").await);
    hers.line_shows("the room", id, |_| true).await;
    his.line_shows("the room", id, |_| true).await;
    let writing = async {
        for number in 0..1_000 {
            hers.send(id, &number.to_string()).await;
        }
    };
    let killing = async {
        for kill in 1..=20 {
            wait::until("some more arrived", async || match his.messages(id).await.len() {
                many if many >= kill * 45 => Ok(()),
                few => Err(few),
            })
            .await;
            world.server.restart().await;
        }
    };
    tokio::join!(writing, killing);
    wait::within(Duration::from_mins(1), "all arrived", async || match his.messages(id).await.len() {
        1_000 => Ok(()),
        other => Err(other),
    })
    .await;
    hers.all_sent().await;
    let want: Vec<_> = (0..1_000).map(|number| number.to_string()).collect();
    assert_eq!(his.texts(id).await, want);
    assert_dense(&history(&ana.rest, &room).await);
    hers.verified(id).await;
    his.verified(id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_that_crashes_while_it_sends_sends_the_rest_once_when_it_is_back() {
    let world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let id = room_id(&room);
    let mut hers = world.core("ana").await;
    hers.line_shows("the room", id, |_| true).await;
    for round in 0..5 {
        for number in 0..20 {
            hers.send(id, &format!("{round}.{number}")).await;
        }
        hers.crash().await;
    }
    hers.all_sent().await;
    let want: Vec<_> = (0..5).flat_map(|round| (0..20).map(move |number| format!("{round}.{number}"))).collect();
    let all = history(&juan.rest, &room).await;
    assert_eq!(recado_tests::oracle::contents(&all), want);
    hers.verified(id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_command_line_client_keeps_what_it_took() {
    let mut world = World::new().await;
    let (ana, juan) = world.two().await;
    let room = ana.room("private", &[&juan]).await;
    let dir = world.dir.path().join("cli");
    std::fs::create_dir_all(&dir).unwrap();
    let cli = Cli {
        dir,
        profile: "ana".into(),
        url: world.server.url(),
        environment: vec![("RECADO_PASSPHRASE".into(), "a long passphrase".into())],
    };
    cli.run(&["login", "ana"], &format!("{}\n", recado_tests::world::PASSWORD)).await.ok();
    world.server.kill();
    let mut sending = cli.start("send", &["send", &room, "no te pierdas"]);
    wait::until("it is in the outbox", async || {
        let text = sending.stderr() + &sending.stdout();
        if text.is_empty() && sending.is_running() { Err(text) } else { Ok(()) }
    })
    .await;
    sending.kill();
    world.server.start().await;
    cli.run(&["send", &room, "y otro"], "").await.ok();
    wait::until("both", async || {
        let all = recado_tests::oracle::contents(&history(&juan.rest, &room).await);
        if all == ["no te pierdas", "y otro"] { Ok(()) } else { Err(all) }
    })
    .await;
}
