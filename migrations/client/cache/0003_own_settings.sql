-- JSON, as on the wire: one's own settings of the room. `muted` and `favourite` beside it are no longer read.
ALTER TABLE rooms ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
-- What was kept without them is asked again: the stream `me` from its beginning.
DELETE FROM meta WHERE name = 'me';
