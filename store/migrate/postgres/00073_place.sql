-- +goose Up
-- The hospital's own list of sites, buildings, floors, units, rooms and beds;
-- what the columns of its lists mean; and the lists that were taken in.
CREATE TABLE place (
    tenant  TEXT NOT NULL,
    id      TEXT NOT NULL,
    doc     TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE TABLE column_mapping (
    tenant TEXT NOT NULL,
    id     TEXT NOT NULL,
    name   TEXT NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE TABLE import_record (
    tenant    TEXT NOT NULL,
    id        TEXT NOT NULL,
    at        BIGINT NOT NULL,
    undone_at BIGINT NOT NULL,
    undone_by TEXT NOT NULL,
    doc       TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- +goose Down
DROP TABLE import_record;
DROP TABLE column_mapping;
DROP TABLE place;
