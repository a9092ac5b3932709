-- Whether a message calls everyone: decided when it is written or edited, by what its author may do then, and told with it. One mark
-- on the message instead of a mention of each participant, so that it also calls who comes later and has it unread.
ALTER TABLE messages ADD COLUMN mentions_room INTEGER NOT NULL DEFAULT 0;
CREATE INDEX messages_mentioning_room ON messages (room, seq) WHERE mentions_room = 1;

-- Those that called somebody whom they do not name.
UPDATE messages SET mentions_room = 1 WHERE lower(content) LIKE '%@room%' AND EXISTS (
    SELECT 1 FROM mentions n JOIN users u ON u.id = n.user
    WHERE n.room = messages.room AND n.seq = messages.seq AND instr(lower(messages.content), '@' || u.username_key) = 0
);
