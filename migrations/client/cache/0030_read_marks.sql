-- When a read marker came to where it is; null where that is not known.

ALTER TABLE participants ADD COLUMN read_at INTEGER;
