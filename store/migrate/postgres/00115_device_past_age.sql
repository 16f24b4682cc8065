-- +goose Up
-- What is too old to be kept is found by its age.
CREATE INDEX device_past_age ON device_past (tenant, gone_at);

-- +goose Down
DROP INDEX device_past_age;
