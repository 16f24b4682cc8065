-- +goose Up
-- Until when the operating system of a device is supported, as the list shows
-- it: what a record says of it, the day in microseconds (the last day of 9999
-- where none is known, so that it sorts behind), and what it is of.
ALTER TABLE device ADD COLUMN support TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN support_ends BIGINT NOT NULL DEFAULT 253402214400000000;
ALTER TABLE device ADD COLUMN support_of TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE device DROP COLUMN support_of;
ALTER TABLE device DROP COLUMN support_ends;
ALTER TABLE device DROP COLUMN support;
