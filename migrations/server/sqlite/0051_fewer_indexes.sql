-- Places, revs of creation and times of a room's messages rise together: where one of the latter is, is found by halving the
-- places. An index for each of them would cost every message that is written.
DROP INDEX messages_created_rev;
DROP INDEX messages_created_at;
