-- +goose Up
-- One row finds a message by its control id, and the one that comes again: the
-- value is half the keyed hash of the control id and half that of channel,
-- sender and control id.
INSERT INTO message_index (tenant, field, value, id)
    SELECT i.tenant, i.field, substring(i.value from 1 for 8) || substring(m.control from 1 for 8), i.id
    FROM message_index i JOIN message m ON m.tenant = i.tenant AND m.id = i.id
    WHERE i.field = 'control' AND length(i.value) = 16 AND length(m.control) = 16
    ON CONFLICT (tenant, field, value, id) DO NOTHING;
DELETE FROM message_index WHERE field = 'control' AND EXISTS (
    SELECT 1 FROM message m WHERE m.tenant = message_index.tenant AND m.id = message_index.id AND length(m.control) = 16
        AND substring(message_index.value from 9 for 8) <> substring(m.control from 1 for 8));
DROP INDEX message_control;

-- Keys are rewrapped in the order of their records, which needs no index that
-- every record pays for.
DROP INDEX sealed_key_kek;

-- +goose Down
CREATE INDEX sealed_key_kek ON sealed_key (tenant, kek);
CREATE INDEX message_control ON message (control) WHERE length(control) > 0;
