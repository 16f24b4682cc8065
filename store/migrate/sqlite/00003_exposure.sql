-- +goose Up
-- A bill belongs to one model at one software version; the latest stands.
CREATE TABLE bill (
    tenant       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    manufacturer TEXT    NOT NULL,
    model        TEXT    NOT NULL,
    version      TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    digest       TEXT    NOT NULL,
    format       TEXT    NOT NULL,
    components   INTEGER NOT NULL,
    score        REAL    NOT NULL,
    imported_at  INTEGER NOT NULL,
    doc          TEXT    NOT NULL, -- all but the components
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX bill_model ON bill (tenant, manufacturer, model, version);
CREATE INDEX bill_digest ON bill (tenant, digest);

-- The components of a document, once for all bills that are equal.
CREATE TABLE bill_content (
    tenant     TEXT NOT NULL,
    digest     TEXT NOT NULL,
    components BLOB NOT NULL, -- JSON, gzip
    PRIMARY KEY (tenant, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE feed (
    tenant      TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    records     INTEGER NOT NULL,
    newest      INTEGER NOT NULL,
    imported_at INTEGER NOT NULL,
    etag        TEXT    NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- One published record: an advisory, a catalogue entry, a recall, the end of
-- a product's support.
CREATE TABLE feed_record (
    tenant TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    feed   TEXT    NOT NULL,
    digest TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_record_feed ON feed_record (tenant, feed);

-- Since when each finding is known.
CREATE TABLE finding (
    tenant     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    first_seen INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE finding;
DROP TABLE feed_record;
DROP TABLE feed;
DROP TABLE bill_content;
DROP TABLE bill;
