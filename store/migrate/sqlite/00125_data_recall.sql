-- +goose Up
-- Callings back of what devices said, with the account of who answered.
CREATE TABLE data_recall (
    tenant       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    state        TEXT    NOT NULL, -- waiting, open, closed
    requested_at INTEGER NOT NULL,
    doc          TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE data_recall;
