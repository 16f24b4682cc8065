-- +goose Up
-- What the maintenance system was told, by the key that it knows it by.
CREATE TABLE written_back (
    tenant TEXT NOT NULL,
    key    TEXT NOT NULL,
    device TEXT NOT NULL,
    at     INTEGER NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE written_back;
