-- One's own settings of a room. `is_muted` of the first version was never set; `notifications` and `muted_until` take its place.
ALTER TABLE participants ADD COLUMN notifications TEXT NOT NULL DEFAULT 'all';
-- Silent until then.
ALTER TABLE participants ADD COLUMN muted_until INTEGER;
-- What one calls the other person of a private room.
ALTER TABLE participants ADD COLUMN nickname TEXT;
ALTER TABLE participants ADD COLUMN bubble_colour TEXT;
ALTER TABLE participants ADD COLUMN background TEXT;
