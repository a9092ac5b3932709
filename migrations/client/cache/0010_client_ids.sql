-- Own messages are named by their client_id, in the timeline and by what is asked for before they have an id.

CREATE INDEX messages_client_id ON messages (client_id) WHERE client_id IS NOT NULL;
