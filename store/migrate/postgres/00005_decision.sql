-- +goose Up
-- What makers and people state about a weakness of a model.
CREATE TABLE decision (
    tenant TEXT   NOT NULL,
    id     TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    doc    JSONB  NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- +goose Down
DROP TABLE decision;
