-- What was chosen and the server has not yet, by name.
CREATE TABLE wishes (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
