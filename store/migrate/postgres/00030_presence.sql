-- +goose Up
-- How a device is present: when the wire last heard it, and after how long a
-- silence it counts as quiet and as gone. Zero is never heard.
ALTER TABLE device ADD COLUMN heard BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN quiet_after BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN gone_after BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN attachment TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN weaknesses BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN randomised BIGINT NOT NULL DEFAULT 0;
UPDATE device SET heard = last_seen, quiet_after = 259200000000, gone_after = 2592000000000;

-- +goose Down
ALTER TABLE device DROP COLUMN randomised;
ALTER TABLE device DROP COLUMN weaknesses;
ALTER TABLE device DROP COLUMN attachment;
ALTER TABLE device DROP COLUMN gone_after;
ALTER TABLE device DROP COLUMN quiet_after;
ALTER TABLE device DROP COLUMN heard;
