-- People, their sessions, rooms, messages. Ids are 16-byte UUIDs, times milliseconds since 1970 in UTC.
-- A row that clients may hold never vanishes: it says that it is deleted, removed or left, and keeps its `rev`.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Heads of the streams that are not a room's; `people` is the only one.
CREATE TABLE streams (
    name TEXT NOT NULL PRIMARY KEY,
    rev INTEGER NOT NULL
) STRICT;
INSERT INTO streams (name, rev) VALUES ('people', 0);

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    -- Lower case: names are unique ignoring case.
    username_key TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    is_admin INTEGER NOT NULL DEFAULT 0,
    is_disabled INTEGER NOT NULL DEFAULT 0,
    -- In the stream `people`.
    rev INTEGER NOT NULL,
    -- Head of this person's stream `me`, and when it last moved.
    me_rev INTEGER NOT NULL DEFAULT 0,
    me_changed_at INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX users_rev ON users (rev);
CREATE INDEX users_me_changed_at ON users (me_changed_at);

CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY,
    user BLOB NOT NULL REFERENCES users (id),
    device TEXT,
    -- The token pair in use: its number, and SHA-256 of its nonce.
    generation INTEGER NOT NULL,
    nonce_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX sessions_user ON sessions (user);
CREATE INDEX sessions_ended_at ON sessions (ended_at);

CREATE TABLE invites (
    code TEXT NOT NULL PRIMARY KEY,
    created_by BLOB NOT NULL REFERENCES users (id),
    max_uses INTEGER NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE rooms (
    id BLOB NOT NULL PRIMARY KEY,
    chat_type TEXT NOT NULL,
    name TEXT,
    rev INTEGER NOT NULL,
    -- The `rev` at which the settings last changed.
    settings_rev INTEGER NOT NULL,
    last_seq INTEGER NOT NULL DEFAULT 0,
    -- When the last message was made: the next one is never earlier.
    last_at INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    deleted_at INTEGER,
    -- Of a private room: both ids, the smaller one first.
    pair BLOB UNIQUE
) STRICT;
CREATE INDEX rooms_changed_at ON rooms (changed_at);

CREATE TABLE invite_rooms (
    code TEXT NOT NULL REFERENCES invites (code) ON DELETE CASCADE,
    room BLOB NOT NULL REFERENCES rooms (id),
    PRIMARY KEY (code, room)
) STRICT, WITHOUT ROWID;

CREATE TABLE participants (
    room BLOB NOT NULL REFERENCES rooms (id),
    user BLOB NOT NULL REFERENCES users (id),
    -- NULL for one who left.
    role TEXT,
    last_read_seq INTEGER NOT NULL DEFAULT 0,
    -- The room's `rev` of the last change that others see, and the stream `me`'s of the last private one.
    rev INTEGER NOT NULL,
    me_rev INTEGER NOT NULL,
    -- A private room that its user left: hidden until somebody writes.
    is_hidden INTEGER NOT NULL DEFAULT 0,
    is_muted INTEGER NOT NULL DEFAULT 0,
    is_favourite INTEGER NOT NULL DEFAULT 0,
    joined_at INTEGER NOT NULL,
    -- When presence in the room last changed.
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX participants_user ON participants (user, me_rev);
CREATE INDEX participants_rev ON participants (room, rev);
CREATE INDEX participants_changed_at ON participants (changed_at);

CREATE TABLE messages (
    id BLOB NOT NULL PRIMARY KEY,
    room BLOB NOT NULL REFERENCES rooms (id),
    seq INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    created_rev INTEGER NOT NULL,
    sender BLOB NOT NULL REFERENCES users (id),
    content TEXT NOT NULL,
    message_type TEXT NOT NULL,
    reply_to BLOB REFERENCES messages (id),
    client_id TEXT,
    is_edited INTEGER NOT NULL DEFAULT 0,
    is_deleted INTEGER NOT NULL DEFAULT 0,
    deleted_by BLOB,
    is_recovered INTEGER NOT NULL DEFAULT 0,
    -- Whether it ever had a reaction: saves looking for them.
    has_reactions INTEGER NOT NULL DEFAULT 0,
    -- JSON of the event, for `system`.
    system TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (room, seq),
    UNIQUE (sender, client_id)
) STRICT;
CREATE INDEX messages_rev ON messages (room, rev);
CREATE INDEX messages_created_rev ON messages (room, created_rev);

CREATE TABLE reactions (
    message BLOB NOT NULL REFERENCES messages (id),
    user BLOB NOT NULL REFERENCES users (id),
    reaction_type TEXT NOT NULL,
    room BLOB NOT NULL,
    is_removed INTEGER NOT NULL DEFAULT 0,
    rev INTEGER NOT NULL,
    PRIMARY KEY (message, user, reaction_type)
) STRICT, WITHOUT ROWID;
CREATE INDEX reactions_rev ON reactions (room, rev);

CREATE TABLE mentions (
    room BLOB NOT NULL,
    user BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (room, user, seq)
) STRICT, WITHOUT ROWID;

-- Commands other than messages that carried a `client_id`, so that a repeat changes nothing.
CREATE TABLE commands (
    sender BLOB NOT NULL,
    kind TEXT NOT NULL,
    client_id TEXT NOT NULL,
    room BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (sender, kind, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX commands_made_at ON commands (made_at);
