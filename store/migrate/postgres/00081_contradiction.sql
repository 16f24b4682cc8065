-- +goose Up
-- Places where two statements about a model cannot both hold: since when, and
-- until when (0: still).
CREATE TABLE contradiction (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    since  BIGINT  NOT NULL,
    gone   BIGINT  NOT NULL,
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- What the hospital holds about a component of software, whatever device it
-- is in: until when it is cared for, and who says so.
CREATE TABLE component_record (
    tenant  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    at      BIGINT  NOT NULL,
    version BIGINT  NOT NULL,
    doc     TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- +goose Down
DROP TABLE component_record;
DROP TABLE contradiction;
