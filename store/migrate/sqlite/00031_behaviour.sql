-- +goose Up
-- What a device did within an hour: a bit for each minute in which it was at
-- work.
CREATE TABLE device_use (
    tenant  TEXT    NOT NULL,
    device  TEXT    NOT NULL,
    hour    INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    minutes INTEGER NOT NULL,
    events  INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, device, hour, kind)
) STRICT, WITHOUT ROWID;

-- The behaviour that a person froze, of a device or a model.
CREATE TABLE profile_frozen (
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE profile_frozen;
DROP TABLE device_use;
