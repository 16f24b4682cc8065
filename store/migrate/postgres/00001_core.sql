-- +goose Up
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- One row is one act. Its hash is a leaf of the Merkle tree of its tenant.
CREATE TABLE audit_event (
    tenant   TEXT    NOT NULL,
    seq      BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    by_id    TEXT    NOT NULL,
    by_kind  TEXT    NOT NULL,
    did      TEXT    NOT NULL,
    target   TEXT    NOT NULL,
    note     TEXT    NOT NULL,
    personal TEXT    NOT NULL, -- commitments, as JSON
    PRIMARY KEY (tenant, seq)
);
CREATE INDEX audit_event_target ON audit_event (tenant, target, seq);

-- What the commitments of an event stand for. Rows here may be deleted.
CREATE TABLE audit_personal (
    tenant TEXT    NOT NULL,
    seq    BIGINT NOT NULL,
    sealed BIGINT NOT NULL, -- 1 when body is sealed, 0 when plain JSON
    body   BYTEA    NOT NULL,
    PRIMARY KEY (tenant, seq)
);

-- The Merkle tree as tiles of 256 hashes; a tile grows until it is full.
CREATE TABLE audit_tile (
    tenant TEXT    NOT NULL,
    level  BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    hashes BYTEA    NOT NULL,
    PRIMARY KEY (tenant, level, n)
);

CREATE TABLE audit_head (
    tenant TEXT    NOT NULL PRIMARY KEY,
    size   BIGINT NOT NULL,
    root   BYTEA    NOT NULL
);

CREATE TABLE audit_checkpoint (
    tenant TEXT NOT NULL,
    size   BIGINT NOT NULL,
    root   BYTEA NOT NULL,
    origin TEXT NOT NULL,
    at     BIGINT NOT NULL,
    note   TEXT NOT NULL,
    PRIMARY KEY (tenant, size)
);
CREATE INDEX audit_checkpoint_at ON audit_checkpoint (tenant, at);

-- The wrapped keys of sealed records. Deleting a row shreds the record.
CREATE TABLE sealed_key (
    tenant  TEXT NOT NULL,
    record  TEXT NOT NULL,
    kek     BIGINT NOT NULL,
    wrapped BYTEA NOT NULL,
    PRIMARY KEY (tenant, record)
);
CREATE INDEX sealed_key_kek ON sealed_key (tenant, kek);

-- How far each stream has been applied.
CREATE TABLE applied (
    tenant TEXT    NOT NULL,
    stream TEXT    NOT NULL,
    seq    BIGINT NOT NULL,
    epoch  TEXT    NOT NULL,
    PRIMARY KEY (tenant, stream)
);

-- +goose Down
DROP TABLE applied;
DROP TABLE sealed_key;
DROP TABLE audit_checkpoint;
DROP TABLE audit_head;
DROP TABLE audit_tile;
DROP TABLE audit_personal;
DROP TABLE audit_event;
DROP TABLE meta;
