-- +goose Up
-- Words lead to thousands of devices, which are then put in the order of their
-- names. What that takes lies in the index: the rows themselves are a multiple
-- of it, and were read one by one.
DROP INDEX device_number;
CREATE INDEX device_number ON device (number, tenant, id, site, unit, lower(COALESCE(name, '')));

-- +goose Down
DROP INDEX device_number;
CREATE INDEX device_number ON device (number);
