-- +goose Up
-- Remote sensors, by name. A sensor is enrolled anew under its name when its
-- machine is replaced.
CREATE TABLE sensor (
    tenant  TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    site    TEXT    NOT NULL,
    version INTEGER NOT NULL,
    doc     TEXT    NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- Tokens that let one sensor in once. Of the secret only the hash is kept.
CREATE TABLE sensor_invitation (
    tenant     TEXT    NOT NULL,
    hash       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    made_by    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant, hash)
) STRICT, WITHOUT ROWID;

-- What was last heard of each sensor. Its loss costs ten seconds.
CREATE TABLE sensor_stand (
    tenant        TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    heard_at      INTEGER NOT NULL,
    covered_until INTEGER NOT NULL,
    doc           TEXT    NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- Times of which a sensor, or one interface of it, knows nothing.
CREATE TABLE coverage_gap (
    tenant    TEXT    NOT NULL,
    site      TEXT    NOT NULL,
    sensor    TEXT    NOT NULL,
    interface TEXT    NOT NULL,
    from_at   INTEGER NOT NULL,
    until_at  INTEGER NOT NULL,
    reason    TEXT    NOT NULL,
    missing   INTEGER NOT NULL,
    PRIMARY KEY (tenant, sensor, interface, from_at, reason)
) STRICT, WITHOUT ROWID;

-- What of each VLAN a sensor saw within ten minutes.
CREATE TABLE coverage_vlan (
    tenant  TEXT    NOT NULL,
    site    TEXT    NOT NULL,
    sensor  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    vlan    INTEGER NOT NULL,
    packets INTEGER NOT NULL,
    PRIMARY KEY (tenant, sensor, at, vlan)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE coverage_vlan;
DROP TABLE coverage_gap;
DROP TABLE sensor_stand;
DROP TABLE sensor_invitation;
DROP TABLE sensor;
