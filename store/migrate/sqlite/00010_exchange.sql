-- +goose Up
-- A channel as it is now, and every version that it ever had.
CREATE TABLE channel (
    tenant     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    state      TEXT    NOT NULL, -- running, paused, draining
    origin     TEXT    NOT NULL, -- configuration, person
    changed_at INTEGER NOT NULL,
    by_id      TEXT    NOT NULL,
    doc        TEXT    NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE channel_version (
    tenant     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    state      TEXT    NOT NULL,
    origin     TEXT    NOT NULL,
    changed_at INTEGER NOT NULL,
    by_id      TEXT    NOT NULL,
    doc        TEXT    NOT NULL,
    PRIMARY KEY (tenant, name, version)
) STRICT, WITHOUT ROWID;

-- One row is one message, without a word of what it says. Ids sort by the
-- order in which messages came.
CREATE TABLE message (
    tenant       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    channel      TEXT    NOT NULL,
    version      INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    format       TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    size         INTEGER NOT NULL,
    body         TEXT    NOT NULL, -- row, file, none
    type         TEXT    NOT NULL,
    event        TEXT    NOT NULL,
    profile      TEXT    NOT NULL,
    sender       TEXT    NOT NULL,
    live         TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    outcome      TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    device       TEXT    NOT NULL,
    trust        TEXT    NOT NULL,
    peer         TEXT    NOT NULL,
    severity     TEXT    NOT NULL,
    issues       INTEGER NOT NULL,
    control      BLOB    NOT NULL, -- keyed hash of channel, sender and control id; empty without one
    digest       BLOB    NOT NULL, -- keyed hash of the bytes
    duplicate_of TEXT    NOT NULL,
    unassured    INTEGER NOT NULL,
    held_until   INTEGER NOT NULL,
    legal_hold   INTEGER NOT NULL,
    forgotten_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_ledger ON message (tenant, channel, state);
CREATE INDEX message_control ON message (tenant, control) WHERE length(control) > 0;
CREATE INDEX message_device ON message (tenant, device, id) WHERE device <> '';
CREATE INDEX message_held ON message (tenant, held_until) WHERE state = 'held';

-- What a message says, sealed with its own key (sealed_key, by its id).
CREATE TABLE message_body (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    sealed INTEGER NOT NULL, -- 1 when both are sealed, 0 where there is no keyring
    meta   BLOB    NOT NULL,
    raw    BLOB    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- Keyed hashes by which messages are found exactly.
CREATE TABLE message_index (
    tenant TEXT NOT NULL,
    field  TEXT NOT NULL,
    value  BLOB NOT NULL,
    id     TEXT NOT NULL,
    PRIMARY KEY (tenant, field, value, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_index_id ON message_index (tenant, id);

-- The outbox: one row is one message on its way to one destination.
CREATE TABLE delivery (
    tenant      TEXT    NOT NULL,
    message     TEXT    NOT NULL,
    destination TEXT    NOT NULL,
    channel     TEXT    NOT NULL,
    state       TEXT    NOT NULL, -- queued, held, dead, delivered, filtered
    lane        TEXT    NOT NULL, -- what is kept in order
    attempts    INTEGER NOT NULL,
    round       INTEGER NOT NULL,
    next_at     INTEGER NOT NULL,
    queued_at   INTEGER NOT NULL,
    done_at     INTEGER NOT NULL,
    code        TEXT    NOT NULL,
    note        TEXT    NOT NULL,
    mapping     TEXT    NOT NULL,
    PRIMARY KEY (tenant, message, destination)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_queue ON delivery (tenant, channel, destination, message) WHERE state = 'queued';
CREATE INDEX delivery_ledger ON delivery (tenant, channel, destination, state);

-- What was sent, where it is not what was received, and what was answered;
-- sealed with the message's key.
CREATE TABLE delivery_body (
    tenant      TEXT    NOT NULL,
    message     TEXT    NOT NULL,
    destination TEXT    NOT NULL,
    sealed      INTEGER NOT NULL,
    ack         BLOB    NOT NULL,
    sent        BLOB    NOT NULL,
    sent_type   TEXT    NOT NULL,
    PRIMARY KEY (tenant, message, destination)
) STRICT, WITHOUT ROWID;

-- What came, counted as it came. The ledger is balanced when what is counted
-- here is what the messages add up to.
CREATE TABLE message_count (
    tenant    TEXT    NOT NULL,
    channel   TEXT    NOT NULL,
    minute    INTEGER NOT NULL, -- microseconds
    received  INTEGER NOT NULL,
    unassured INTEGER NOT NULL,
    PRIMARY KEY (tenant, channel, minute)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE message_count;
DROP TABLE delivery_body;
DROP TABLE delivery;
DROP TABLE message_index;
DROP TABLE message_body;
DROP TABLE message;
DROP TABLE channel_version;
DROP TABLE channel;
