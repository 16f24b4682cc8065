-- +goose Up
-- Places where two statements about a model cannot both hold: since when, and
-- until when (0: still).
CREATE TABLE contradiction (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    since  INTEGER NOT NULL,
    gone   INTEGER NOT NULL,
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- What the hospital holds about a component of software, whatever device it
-- is in: until when it is cared for, and who says so.
CREATE TABLE component_record (
    tenant  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    version INTEGER NOT NULL,
    doc     TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE component_record;
DROP TABLE contradiction;
