-- +goose Up
-- A link under legal hold is forgotten by nothing. An import can be taken back:
-- what it made, and what the links that it changed were before.
ALTER TABLE device_association ADD COLUMN legal_hold BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device_association ADD COLUMN import TEXT NOT NULL DEFAULT '';     -- that made it
ALTER TABLE device_association ADD COLUMN changed_by TEXT NOT NULL DEFAULT ''; -- import that changed it last
ALTER TABLE device_association ADD COLUMN until_was BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device_association ADD COLUMN told_was BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device_association ADD COLUMN source_was TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE device_association DROP COLUMN source_was;
ALTER TABLE device_association DROP COLUMN told_was;
ALTER TABLE device_association DROP COLUMN until_was;
ALTER TABLE device_association DROP COLUMN changed_by;
ALTER TABLE device_association DROP COLUMN import;
ALTER TABLE device_association DROP COLUMN legal_hold;
