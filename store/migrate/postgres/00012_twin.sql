-- +goose Up
-- A message is looked up by its control id before it is kept. The index begins
-- with the control id: one that begins with the tenant looked no better to
-- SQLite than walking all messages.
DROP INDEX message_control;
CREATE INDEX message_control ON message (control) WHERE length(control) > 0;

-- +goose Down
DROP INDEX message_control;
CREATE INDEX message_control ON message (tenant, control) WHERE length(control) > 0;
