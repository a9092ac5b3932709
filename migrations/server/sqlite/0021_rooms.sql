-- What a room tells of itself, who may invite to it, and who is kept out.
ALTER TABLE rooms ADD COLUMN topic TEXT;
ALTER TABLE rooms ADD COLUMN description TEXT;
ALTER TABLE rooms ADD COLUMN colour TEXT;
ALTER TABLE rooms ADD COLUMN members_may_invite INTEGER NOT NULL DEFAULT 0;

-- Out of one's own sight until somebody writes.
ALTER TABLE participants ADD COLUMN is_archived INTEGER NOT NULL DEFAULT 0;
CREATE INDEX participants_archived ON participants (room) WHERE is_archived = 1;

CREATE TABLE bans (
    room BLOB NOT NULL REFERENCES rooms (id),
    user BLOB NOT NULL REFERENCES users (id),
    banned_by BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;
