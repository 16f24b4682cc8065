-- +goose Up
-- What a message became after it came: repaired by a person, or given to
-- another patient. What came stays as it came.
ALTER TABLE message ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
CREATE TABLE message_revision (
    tenant   TEXT    NOT NULL,
    message  TEXT    NOT NULL,
    revision BIGINT NOT NULL,
    kind     TEXT    NOT NULL, -- repair, patient
    at       BIGINT NOT NULL,
    by_id    TEXT    NOT NULL,
    sealed   BIGINT NOT NULL,
    doc      BYTEA    NOT NULL, -- sealed with the message's key
    PRIMARY KEY (tenant, message, revision)
);

-- Where a patient was said to lie, sealed with the key of the message that
-- says so.
CREATE TABLE bed_move (
    tenant  TEXT    NOT NULL,
    message TEXT    NOT NULL,
    n       BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    sealed  BIGINT NOT NULL,
    doc     BYTEA    NOT NULL,
    PRIMARY KEY (tenant, message, n)
);
CREATE INDEX bed_move_at ON bed_move (tenant, at);

-- Times in which what a device sends was held back, of which its receivers
-- were told.
CREATE TABLE exchange_gap (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    channel TEXT   NOT NULL,
    device TEXT    NOT NULL,
    since  BIGINT NOT NULL,
    until  BIGINT NOT NULL, -- 0 while it lasts
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX exchange_gap_open ON exchange_gap (tenant, channel, device) WHERE until = 0;

-- +goose Down
DROP TABLE exchange_gap;
DROP TABLE bed_move;
DROP TABLE message_revision;
ALTER TABLE message DROP COLUMN revision;
