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
    components   BIGINT NOT NULL,
    score        DOUBLE PRECISION NOT NULL,
    imported_at  BIGINT NOT NULL,
    doc          JSONB   NOT NULL, -- all but the components
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX bill_model ON bill (tenant, manufacturer, model, version);
CREATE INDEX bill_digest ON bill (tenant, digest);

-- The components of a document, once for all bills that are equal.
CREATE TABLE bill_content (
    tenant     TEXT NOT NULL,
    digest     TEXT NOT NULL,
    components BYTEA NOT NULL, -- JSON, gzip
    PRIMARY KEY (tenant, digest)
);

CREATE TABLE feed (
    tenant      TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    records     BIGINT NOT NULL,
    newest      BIGINT NOT NULL,
    imported_at BIGINT NOT NULL,
    etag        TEXT    NOT NULL,
    PRIMARY KEY (tenant, name)
);

-- One published record: an advisory, a catalogue entry, a recall, the end of
-- a product's support.
CREATE TABLE feed_record (
    tenant TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    feed   TEXT    NOT NULL,
    digest TEXT    NOT NULL,
    at     BIGINT NOT NULL,
    doc    JSONB   NOT NULL,
    PRIMARY KEY (tenant, kind, id)
);
CREATE INDEX feed_record_feed ON feed_record (tenant, feed);

-- Since when each finding is known.
CREATE TABLE finding (
    tenant     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    first_seen BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- +goose Down
DROP TABLE finding;
DROP TABLE feed_record;
DROP TABLE feed;
DROP TABLE bill_content;
DROP TABLE bill;
