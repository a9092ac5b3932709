//! The "nothing missing" hash: what goes into it. The hashing itself is left to either side, so that this crate stays plain.

use crate::{MessageId, Rev};

/// One message's part: its 16 id bytes, then its `rev` as 8 bytes big-endian.
pub fn row(id: MessageId, rev: Rev) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[..16].copy_from_slice(id.as_bytes());
    bytes[16..].copy_from_slice(&rev.to_be_bytes());
    bytes
}
