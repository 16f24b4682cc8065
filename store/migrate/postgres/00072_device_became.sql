-- +goose Up
-- Which device an id that is no longer in use has become, so that what it did
-- and what happened to it is found there. A device that is parted again takes
-- its own back.
CREATE TABLE device_became (
    tenant TEXT NOT NULL,
    old    TEXT NOT NULL,
    device TEXT NOT NULL,
    PRIMARY KEY (tenant, old)
);
CREATE INDEX device_became_device ON device_became (tenant, device);

-- +goose Down
DROP TABLE device_became;
