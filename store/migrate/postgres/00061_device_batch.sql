-- +goose Up
-- What persons had said of devices before a change of many, so that it can be
-- undone.
CREATE TABLE device_batch (
    tenant TEXT NOT NULL,
    batch  TEXT NOT NULL,
    device TEXT NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, batch, device)
);

-- +goose Down
DROP TABLE device_batch;
