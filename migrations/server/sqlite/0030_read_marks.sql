-- When a read marker came to where it is, and whether a person tells theirs and is told others'.

ALTER TABLE participants ADD COLUMN read_at INTEGER;
ALTER TABLE users ADD COLUMN read_receipts INTEGER NOT NULL DEFAULT 1;
