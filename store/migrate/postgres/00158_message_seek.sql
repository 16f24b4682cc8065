-- +goose Up
-- By what the browser of messages finds the few among the many. Who sends what
-- is a short list, however many messages there are; the others hold only what
-- is out of the ordinary, so that an ordinary message costs nothing there.
CREATE INDEX message_kind ON message (tenant, sender, type);
CREATE INDEX message_odd_state ON message (tenant, state, id) WHERE state NOT IN ('pending', 'delivered');
CREATE INDEX message_odd_trust ON message (tenant, trust, id) WHERE trust NOT IN ('', 'trusted', 'unknown');
CREATE INDEX message_odd_severity ON message (tenant, severity, id) WHERE severity NOT IN ('', 'information', 'warning');

-- +goose Down
DROP INDEX message_odd_severity;
DROP INDEX message_odd_trust;
DROP INDEX message_odd_state;
DROP INDEX message_kind;
