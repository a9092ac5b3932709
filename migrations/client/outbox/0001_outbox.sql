-- What the user wrote and the server has not yet: a file of its own, which survives the loss of the cache.

CREATE TABLE commands (
    -- The order in which they were given.
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    room       BLOB NOT NULL,
    client_id  TEXT NOT NULL UNIQUE,
    -- JSON, as on the wire, without room and client_id.
    command    TEXT NOT NULL,
    -- JSON of the quoted message, for the echo.
    quote      TEXT,
    created_at INTEGER NOT NULL,
    -- JSON of the failure when the server refused it for good; null while it waits.
    failure    TEXT
) STRICT;

-- Own read markers that the server does not know yet.
CREATE TABLE marks (
    room BLOB NOT NULL PRIMARY KEY,
    seq  INTEGER NOT NULL
) STRICT;

CREATE TABLE drafts (
    room BLOB NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

-- Own messages of a cache that belongs to another life of the server's database: those that it lacks are sent again.
CREATE TABLE recovery (
    id         BLOB NOT NULL PRIMARY KEY,
    room       BLOB NOT NULL,
    seq        INTEGER NOT NULL,
    client_id  TEXT NOT NULL,
    command    TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
