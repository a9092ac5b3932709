-- The own message, by its client_id, that a command speaks of while the server has given it no id yet.

ALTER TABLE commands ADD COLUMN awaits TEXT;
