//! Messages that are posted together, and what posting does to their authors' own.

use super::*;

/// Texts that a way through JSON, SQL or C might change.
const TEXTS: [&str; 12] = [
    "with\0nul",
    "\0",
    "123",
    "null",
    "true",
    "{\"a\": [1, 2]}",
    "\"quoted\" \\ and \\u0041",
    "two\r\nlines\ttab",
    "e\u{301} \u{feff} \u{2028} \u{fffe} \u{10ffff}",
    "👩‍👩‍👧‍👦",
    "'; DROP TABLE messages; --",
    "$1 ?2 :a @b",
];

#[tokio::test]
async fn texts_and_client_ids_are_kept_as_they_were_sent_alone_and_together() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    for text in TEXTS {
        assert_eq!(world.say(world.ana, room, text).await.content, text);
    }
    let named = |text: &str, name: &str| NewPost { client_id: Some(name.into()), ..post(text) };
    let may_name = |text: &str| !text.chars().any(char::is_control);
    let answers = TEXTS.map(|text| world.store.post_message(world.juan, room, named(text, text)));
    for (text, posted) in TEXTS.into_iter().zip(futures_util::future::join_all(answers).await) {
        match posted {
            Ok(posted) => {
                assert!(may_name(text), "{text:?}");
                let again = world.store.post_message(world.juan, room, named("other words", text)).await.unwrap();
                assert!(again.duplicate && again.message == posted.message, "{text:?}");
            }
            Err(error) => assert!(!may_name(text) && error.code == ErrorCode::InvalidRequest, "{text:?}: {error}"),
        }
    }
    let page = world.store.messages(world.ana, room, HistoryQuery::default()).await.unwrap();
    let kept: Vec<&str> = page.messages.iter().map(|message| message.content.as_str()).collect();
    let sent: Vec<&str> = TEXTS.into_iter().chain(TEXTS.into_iter().filter(|text| may_name(text))).collect();
    assert_eq!(kept, sent);
}

#[tokio::test]
async fn an_authors_own_stream_takes_a_rev_for_each_message_whatever_it_was_posted_with() {
    let world = World::new().await;
    let rooms = [
        world.room(ChatType::Group, &[world.juan]).await,
        world.room(ChatType::Private, &[world.juan]).await,
        world.room(ChatType::Group, &[world.juan]).await,
    ];
    world.say(world.ana, rooms[0], "¿quién viene?").await;
    let before = world.heard.0.lock().unwrap().len();
    let sends = (0..60_usize).map(|number| {
        let author = if number % 4 == 0 { world.ana } else { world.juan };
        world.store.post_message(author, rooms[number % 3], post("yo"))
    });
    let posted: Vec<Posted> = futures_util::future::join_all(sends).await.into_iter().flatten().collect();
    assert_eq!(posted.len(), 60);
    let events = world.heard.0.lock().unwrap().split_off(before);
    for who in [world.ana, world.juan] {
        let own: Vec<_> = posted.iter().filter(|posted| posted.message.sender.id == who).collect();
        let mut told = vec![];
        for event in &events {
            if let Event::Me { user, rev, frame: ServerFrame::Sync(SyncFrame::Me(sync)) } = event
                && *user == who
            {
                let [mine] = sync.me.rooms.as_slice() else { panic!("{sync:?}") };
                told.push((*rev, mine.chat_room, mine.last_read_seq));
            }
        }
        let first = told[0].0;
        let expected: Vec<_> =
            (first..).zip(&own).map(|(rev, posted)| (rev, posted.message.chat_room, posted.message.seq)).collect();
        assert_eq!(told, expected);
        // And it is where they said it is.
        let answer = world.store.sync(who, SyncRequest { everything: true, ..SyncRequest::default() }).await.unwrap();
        assert_eq!(answer.me, told.last().unwrap().0);
        for room in rooms {
            let last = own.iter().rev().find(|posted| posted.message.chat_room == room).unwrap();
            assert_eq!(world.view(who, room).await.last_read_seq, Some(last.message.seq));
        }
    }
}

#[tokio::test]
async fn a_page_from_a_time_on_begins_with_the_first_message_that_is_not_before_it() {
    let world = World::new().await;
    let room = world.room(ChatType::Group, &[world.juan]).await;
    // Some of one time, some apart.
    for count in [1, 5, 2, 9, 1, 3] {
        let sends = (0..count).map(|_| world.store.post_message(world.juan, room, post("yo")));
        futures_util::future::join_all(sends).await;
        world.clock.advance(count);
    }
    let all = world.store.messages(world.ana, room, HistoryQuery::default()).await.unwrap().messages;
    let times: Vec<i64> = all.iter().map(|message| message.created_at.millis()).collect();
    assert!(times.is_sorted() && all.len() > 20);
    for at in (times[0] - 1)..=(times[times.len() - 1] + 1) {
        let query = HistoryQuery { at: Some(Timestamp(at)), limit: Some(2), ..HistoryQuery::default() };
        let page = world.store.messages(world.ana, room, query).await.unwrap();
        let rest: Vec<_> = all.iter().filter(|message| message.created_at.millis() >= at).collect();
        assert_eq!(page.messages.iter().collect::<Vec<_>>(), rest[..rest.len().min(2)], "from {at}");
        assert_eq!(page.has_more, rest.len() > 2);
    }
}
