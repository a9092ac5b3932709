-- What a room tells of itself.
ALTER TABLE rooms ADD COLUMN topic TEXT;
ALTER TABLE rooms ADD COLUMN description TEXT;
ALTER TABLE rooms ADD COLUMN colour TEXT;
ALTER TABLE rooms ADD COLUMN members_may_invite INTEGER NOT NULL DEFAULT 0;
