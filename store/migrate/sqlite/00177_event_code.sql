-- +goose Up
-- What happened to a device is said by pages in the language of their reader:
-- the code of the sentence, and what stands in it. Before, there was only text.
ALTER TABLE device_event ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE device_event ADD COLUMN args TEXT NOT NULL DEFAULT 'null'; -- JSON

-- +goose Down
ALTER TABLE device_event DROP COLUMN args;
ALTER TABLE device_event DROP COLUMN code;
