-- +goose Up
-- What a maker states about the security of a model (MDS2).
CREATE TABLE mds2_statement (
    tenant       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    manufacturer TEXT   NOT NULL,
    model        TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    doc          JSONB  NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX mds2_statement_model ON mds2_statement (tenant, manufacturer, model);

-- What the hospital asks of a device to be bought; the newest counts.
CREATE TABLE procurement_policy (
    tenant TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    id     TEXT   NOT NULL,
    doc    JSONB  NOT NULL,
    PRIMARY KEY (tenant, at, id)
);

-- Requests to buy a model, with assessment and decision.
CREATE TABLE purchase (
    tenant  TEXT   NOT NULL,
    id      TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    version BIGINT NOT NULL,
    doc     JSONB  NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- +goose Down
DROP TABLE purchase;
DROP TABLE procurement_policy;
DROP TABLE mds2_statement;
