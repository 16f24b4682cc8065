-- +goose Up
-- Bodies are rows that only grow at their end: in a table without rowids all
-- that is longer than a quarter of a page lies in pages of its own.
CREATE TABLE message_body_rows (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    sealed INTEGER NOT NULL, -- 1 sealed, 2 packed, 3 both
    meta   BLOB    NOT NULL,
    raw    BLOB    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
INSERT INTO message_body_rows (tenant, id, sealed, meta, raw) SELECT tenant, id, sealed, meta, raw FROM message_body ORDER BY tenant, id;
DROP TABLE message_body;
ALTER TABLE message_body_rows RENAME TO message_body;
CREATE TABLE delivery_body_rows (
    tenant      TEXT    NOT NULL,
    message     TEXT    NOT NULL,
    destination TEXT    NOT NULL,
    sealed      INTEGER NOT NULL, -- 1 sealed, 2 packed, 3 both
    ack         BLOB    NOT NULL,
    sent        BLOB    NOT NULL,
    sent_type   TEXT    NOT NULL,
    PRIMARY KEY (tenant, message, destination)
) STRICT;
INSERT INTO delivery_body_rows (tenant, message, destination, sealed, ack, sent, sent_type)
    SELECT tenant, message, destination, sealed, ack, sent, sent_type FROM delivery_body ORDER BY tenant, message, destination;
DROP TABLE delivery_body;
ALTER TABLE delivery_body_rows RENAME TO delivery_body;

-- One row finds a message by its control id, and the one that comes again: the
-- value is half the keyed hash of the control id and half that of channel,
-- sender and control id.
INSERT INTO message_index (tenant, field, value, id)
    SELECT i.tenant, i.field, unhex(substr(hex(i.value), 1, 16) || substr(hex(m.control), 1, 16)), i.id
    FROM message_index i JOIN message m ON m.tenant = i.tenant AND m.id = i.id
    WHERE i.field = 'control' AND length(i.value) = 16 AND length(m.control) = 16
    ON CONFLICT (tenant, field, value, id) DO NOTHING;
DELETE FROM message_index WHERE field = 'control' AND EXISTS (
    SELECT 1 FROM message m WHERE m.tenant = message_index.tenant AND m.id = message_index.id AND length(m.control) = 16
        AND substr(hex(message_index.value), 17, 16) <> substr(hex(m.control), 1, 16));
DROP INDEX message_control;

-- Keys are rewrapped in the order of their records, which needs no index that
-- every record pays for.
DROP INDEX sealed_key_kek;

-- +goose Down
CREATE INDEX sealed_key_kek ON sealed_key (tenant, kek);
CREATE INDEX message_control ON message (control) WHERE length(control) > 0;
