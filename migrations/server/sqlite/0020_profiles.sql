-- What a person tells of themselves, and whether they want to be seen.
ALTER TABLE users ADD COLUMN about TEXT;
-- A name of the IANA's.
ALTER TABLE users ADD COLUMN time_zone TEXT;
ALTER TABLE users ADD COLUMN status_emoji TEXT;
ALTER TABLE users ADD COLUMN status_text TEXT;
ALTER TABLE users ADD COLUMN status_until INTEGER;
-- online, dnd or invisible, as chosen; and the stream `me`'s rev of that choice.
ALTER TABLE users ADD COLUMN presence TEXT NOT NULL DEFAULT 'online';
ALTER TABLE users ADD COLUMN presence_me_rev INTEGER NOT NULL DEFAULT 0;
-- When others last saw them go.
ALTER TABLE users ADD COLUMN last_seen_at INTEGER;
