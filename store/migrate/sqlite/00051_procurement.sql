-- +goose Up
-- What a maker states about the security of a model (MDS2).
CREATE TABLE mds2_statement (
    tenant       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    manufacturer TEXT    NOT NULL,
    model        TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    doc          TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mds2_statement_model ON mds2_statement (tenant, manufacturer, model);

-- What the hospital asks of a device to be bought; the newest counts.
CREATE TABLE procurement_policy (
    tenant TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    id     TEXT    NOT NULL,
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, at, id)
) STRICT, WITHOUT ROWID;

-- Requests to buy a model, with assessment and decision.
CREATE TABLE purchase (
    tenant  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    version INTEGER NOT NULL,
    doc     TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE purchase;
DROP TABLE procurement_policy;
DROP TABLE mds2_statement;
