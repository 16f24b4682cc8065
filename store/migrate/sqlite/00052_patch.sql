-- +goose Up
-- The mending of the devices of one model in one unit.
CREATE TABLE patch_order (
    tenant  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    site    TEXT    NOT NULL,
    unit    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    version INTEGER NOT NULL,
    doc     TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX patch_order_unit ON patch_order (tenant, site, unit);

-- When maintenance of a device is due, and which devices are on loan.
CREATE TABLE maintenance (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- Addresses under which plans can be subscribed to, by the hash of their secret.
CREATE TABLE calendar (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    hash   TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX calendar_hash ON calendar (hash);

-- +goose Down
DROP TABLE calendar;
DROP TABLE maintenance;
DROP TABLE patch_order;
