-- What the server told, as far as it was fetched. Everything here can be fetched again.
-- Ids are 16 bytes, times ms since 1970 UTC.

-- epoch, me (rev of the stream), people (rev of the stream)
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE people (
    id           BLOB NOT NULL PRIMARY KEY,
    username     TEXT NOT NULL,
    display_name TEXT NOT NULL,
    avatar_url   TEXT,
    -- In the stream people; 0 when only seen beside a message.
    rev          INTEGER NOT NULL
) STRICT;

CREATE TABLE rooms (
    id                BLOB NOT NULL PRIMARY KEY,
    name              TEXT,
    chat_type         TEXT NOT NULL,
    -- Of the settings in this row.
    rev               INTEGER NOT NULL,
    -- Live frames and syncs are applied up to this one.
    cursor            INTEGER NOT NULL,
    last_seq          INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    participant_count INTEGER NOT NULL,
    -- Private to the viewer.
    last_read_seq     INTEGER NOT NULL,
    unread            INTEGER NOT NULL,
    mentions          INTEGER NOT NULL,
    muted             INTEGER NOT NULL,
    favourite         INTEGER NOT NULL
) STRICT;

CREATE TABLE ranges (
    room     BLOB NOT NULL,
    from_seq INTEGER NOT NULL,
    to_seq   INTEGER NOT NULL,
    rev      INTEGER NOT NULL,
    PRIMARY KEY (room, from_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE participants (
    room          BLOB NOT NULL,
    user          BLOB NOT NULL,
    -- Null for one who left.
    role          TEXT,
    last_read_seq INTEGER NOT NULL,
    rev           INTEGER NOT NULL,
    PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    id           BLOB NOT NULL UNIQUE,
    room         BLOB NOT NULL,
    seq          INTEGER NOT NULL,
    rev          INTEGER NOT NULL,
    sender       BLOB NOT NULL,
    content      TEXT NOT NULL,
    message_type TEXT NOT NULL,
    -- JSON, as on the wire: attachments, reply_to, reactions, system.
    attachments  TEXT NOT NULL,
    reply_to     TEXT,
    reactions    TEXT NOT NULL,
    system       TEXT,
    is_edited    INTEGER NOT NULL,
    is_deleted   INTEGER NOT NULL,
    recovered    INTEGER NOT NULL,
    mentions_me  INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    client_id    TEXT,
    UNIQUE (room, seq)
) STRICT;
