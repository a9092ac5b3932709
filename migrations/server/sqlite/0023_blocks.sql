-- People whom one does not want to hear from, and the stream `me`'s rev of the last change.
CREATE TABLE blocks (
    user BLOB NOT NULL REFERENCES users (id),
    blocked BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user, blocked)
) STRICT, WITHOUT ROWID;
ALTER TABLE users ADD COLUMN blocks_me_rev INTEGER NOT NULL DEFAULT 0;
