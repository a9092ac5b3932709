-- What messages said before they were edited. Goes with the message when it is deleted.

CREATE TABLE edits (
    message BLOB NOT NULL REFERENCES messages (id),
    -- The room's `rev` of the edit that replaced the text: its order.
    rev INTEGER NOT NULL,
    content TEXT NOT NULL,
    edited_at INTEGER NOT NULL,
    PRIMARY KEY (message, rev)
) STRICT, WITHOUT ROWID;
