-- +goose Up
-- What keeps a weakness of a model from being reached, as people say.
CREATE TABLE exposure_control (
    tenant  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    expires BIGINT  NOT NULL,
    doc     JSONB   NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- +goose Down
DROP TABLE exposure_control;
