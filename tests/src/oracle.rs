//! What must be true of a room, computed apart from server and core.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::Rest;

/// All messages of a room by REST, in rising `seq`.
pub async fn history(rest: &Rest, room: &str) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = rest.get(&format!("/rooms/{room}/messages?after={after}&limit=200")).await.expect(200);
        let messages = page["messages"].as_array().cloned().unwrap_or_default();
        after = messages.last().and_then(|message| message["seq"].as_i64()).unwrap_or(after);
        all.extend(messages);
        if page["has_more"] != true {
            return all;
        }
    }
}

/// The hash of `CONTRACT.md` over messages as the wire shows them.
pub fn digest(messages: &[Value]) -> String {
    let mut hash = Sha256::new();
    for message in messages {
        let id: uuid::Uuid = message["id"].as_str().and_then(|id| id.parse().ok()).expect("a message has an id");
        let rev = message["rev"].as_i64().expect("a message has a rev");
        hash.update(id.as_bytes());
        hash.update(rev.to_be_bytes());
    }
    hex::encode(hash.finalize())
}

pub fn contents(messages: &[Value]) -> Vec<String> {
    messages.iter().map(|message| message["content"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Asserts that places are 1, 2, 3 … and that times never go back.
#[track_caller]
pub fn assert_dense(messages: &[Value]) {
    for (place, message) in messages.iter().enumerate() {
        assert_eq!(message["seq"], place + 1, "{message}");
    }
    assert!(messages.windows(2).all(|pair| pair[0]["created_at"].as_str() <= pair[1]["created_at"].as_str()));
}
