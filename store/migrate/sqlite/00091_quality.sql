-- +goose Up
-- What was learned of each feed. Nothing in it is a value of a patient.
CREATE TABLE quality_series (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE quality_hour (
    tenant TEXT    NOT NULL,
    series TEXT    NOT NULL,
    hour   INTEGER NOT NULL,
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, series, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX quality_hour_at ON quality_hour (tenant, hour);
CREATE TABLE quality_alert (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    key    TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    state  TEXT    NOT NULL, -- open, acknowledged, ended
    at     INTEGER NOT NULL, -- when it was last seen
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX quality_alert_at ON quality_alert (tenant, at);
CREATE TABLE quality_objective (
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE quality_objective;
DROP TABLE quality_alert;
DROP TABLE quality_hour;
DROP TABLE quality_series;
