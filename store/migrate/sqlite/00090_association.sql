-- +goose Up
-- What a message became after it came: repaired by a person, or given to
-- another patient. What came stays as it came.
ALTER TABLE message ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE TABLE message_revision (
    tenant   TEXT    NOT NULL,
    message  TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    kind     TEXT    NOT NULL, -- repair, patient
    at       INTEGER NOT NULL,
    by_id    TEXT    NOT NULL,
    sealed   INTEGER NOT NULL,
    doc      BLOB    NOT NULL, -- sealed with the message's key
    PRIMARY KEY (tenant, message, revision)
) STRICT, WITHOUT ROWID;

-- Where a patient was said to lie, sealed with the key of the message that
-- says so.
CREATE TABLE bed_move (
    tenant  TEXT    NOT NULL,
    message TEXT    NOT NULL,
    n       INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    sealed  INTEGER NOT NULL,
    doc     BLOB    NOT NULL,
    PRIMARY KEY (tenant, message, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX bed_move_at ON bed_move (tenant, at);

-- Times in which what a device sends was held back, of which its receivers
-- were told.
CREATE TABLE exchange_gap (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    channel TEXT   NOT NULL,
    device TEXT    NOT NULL,
    since  INTEGER NOT NULL,
    until  INTEGER NOT NULL, -- 0 while it lasts
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX exchange_gap_open ON exchange_gap (tenant, channel, device) WHERE until = 0;

-- +goose Down
DROP TABLE exchange_gap;
DROP TABLE bed_move;
DROP TABLE message_revision;
ALTER TABLE message DROP COLUMN revision;
