-- +goose Up
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row is one act. Its hash is a leaf of the Merkle tree of its tenant.
CREATE TABLE audit_event (
    tenant   TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    by_id    TEXT    NOT NULL,
    by_kind  TEXT    NOT NULL,
    did      TEXT    NOT NULL,
    target   TEXT    NOT NULL,
    note     TEXT    NOT NULL,
    personal TEXT    NOT NULL, -- commitments, as JSON
    PRIMARY KEY (tenant, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_event_target ON audit_event (tenant, target, seq);

-- What the commitments of an event stand for. Rows here may be deleted.
CREATE TABLE audit_personal (
    tenant TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    sealed INTEGER NOT NULL, -- 1 when body is sealed, 0 when plain JSON
    body   BLOB    NOT NULL,
    PRIMARY KEY (tenant, seq)
) STRICT, WITHOUT ROWID;

-- The Merkle tree as tiles of 256 hashes; a tile grows until it is full.
CREATE TABLE audit_tile (
    tenant TEXT    NOT NULL,
    level  INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    hashes BLOB    NOT NULL,
    PRIMARY KEY (tenant, level, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_head (
    tenant TEXT    NOT NULL PRIMARY KEY,
    size   INTEGER NOT NULL,
    root   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_checkpoint (
    tenant TEXT NOT NULL,
    size   INTEGER NOT NULL,
    root   BLOB NOT NULL,
    origin TEXT NOT NULL,
    at     INTEGER NOT NULL,
    note   TEXT NOT NULL,
    PRIMARY KEY (tenant, size)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_checkpoint_at ON audit_checkpoint (tenant, at);

-- The wrapped keys of sealed records. Deleting a row shreds the record.
CREATE TABLE sealed_key (
    tenant  TEXT NOT NULL,
    record  TEXT NOT NULL,
    kek     INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    PRIMARY KEY (tenant, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX sealed_key_kek ON sealed_key (tenant, kek);

-- How far each stream has been applied.
CREATE TABLE applied (
    tenant TEXT    NOT NULL,
    stream TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    epoch  TEXT    NOT NULL,
    PRIMARY KEY (tenant, stream)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE applied;
DROP TABLE sealed_key;
DROP TABLE audit_checkpoint;
DROP TABLE audit_head;
DROP TABLE audit_tile;
DROP TABLE audit_personal;
DROP TABLE audit_event;
DROP TABLE meta;
