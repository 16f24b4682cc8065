-- +goose Up
-- Of which changes of many a device was part, for its own history.
CREATE INDEX device_batch_device ON device_batch (tenant, device);

-- +goose Down
DROP INDEX device_batch_device;
