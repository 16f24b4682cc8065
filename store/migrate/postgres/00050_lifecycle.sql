-- +goose Up
-- What the hospital holds about a model: until when it is cared for, by whom.
CREATE TABLE model_record (
    tenant  TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    version BIGINT NOT NULL,
    doc     JSONB  NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- What was done about a device under a recall.
CREATE TABLE recall_work (
    tenant TEXT   NOT NULL,
    id     TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    doc    JSONB  NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- Files that somebody attached to a model, a recall or a purchase.
CREATE TABLE document (
    tenant  TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    sealed  BIGINT NOT NULL,
    doc     JSONB  NOT NULL,
    body    BYTEA  NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX document_subject ON document (tenant, subject, at);

-- +goose Down
DROP TABLE document;
DROP TABLE recall_work;
DROP TABLE model_record;
