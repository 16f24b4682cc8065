-- +goose Up
-- What makers and people state about a weakness of a model.
CREATE TABLE decision (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE decision;
