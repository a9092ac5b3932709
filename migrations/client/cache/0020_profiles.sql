ALTER TABLE people ADD COLUMN about TEXT;
ALTER TABLE people ADD COLUMN time_zone TEXT;
-- JSON, as on the wire.
ALTER TABLE people ADD COLUMN status TEXT;
-- What was kept without them is asked again: both streams from their beginning.
DELETE FROM meta WHERE name IN ('me', 'people');
UPDATE people SET rev = 0;
