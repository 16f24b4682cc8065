-- +goose Up
-- Mappings of the house, every version as it was saved.
CREATE TABLE mapping_version (
    tenant   TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    number   INTEGER NOT NULL,
    text     TEXT    NOT NULL,
    saved_by TEXT    NOT NULL,
    saved_at INTEGER NOT NULL,
    note     TEXT    NOT NULL,
    in_force INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, number)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE mapping_version;
