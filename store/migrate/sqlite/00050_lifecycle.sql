-- +goose Up
-- What the hospital holds about a model: until when it is cared for, by whom.
CREATE TABLE model_record (
    tenant  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    version INTEGER NOT NULL,
    doc     TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- What was done about a device under a recall.
CREATE TABLE recall_work (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- Files that somebody attached to a model, a recall or a purchase.
CREATE TABLE document (
    tenant  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    sealed  INTEGER NOT NULL,
    doc     TEXT    NOT NULL,
    body    BLOB    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_subject ON document (tenant, subject, at);

-- +goose Down
DROP TABLE document;
DROP TABLE recall_work;
DROP TABLE model_record;
