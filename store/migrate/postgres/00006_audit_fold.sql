-- +goose Up
-- What the commitments of an event stand for moves into the row of the event:
-- one row less for each act. Forgetting it sets body to NULL.
ALTER TABLE audit_event ADD COLUMN sealed BIGINT NOT NULL DEFAULT 0; -- 1 when body is sealed, 0 when plain JSON
ALTER TABLE audit_event ADD COLUMN body BYTEA;
-- The hash of the event, so that the tile at the tree's edge need not be
-- written anew with each flush. NULL in events from before.
ALTER TABLE audit_event ADD COLUMN leaf BYTEA;
UPDATE audit_event SET
    sealed = COALESCE((SELECT p.sealed FROM audit_personal p WHERE p.tenant = audit_event.tenant AND p.seq = audit_event.seq), 0),
    body   = (SELECT p.body FROM audit_personal p WHERE p.tenant = audit_event.tenant AND p.seq = audit_event.seq);
DROP TABLE audit_personal;

-- +goose Down
CREATE TABLE audit_personal (
    tenant TEXT    NOT NULL,
    seq    BIGINT NOT NULL,
    sealed BIGINT NOT NULL,
    body   BYTEA NOT NULL,
    PRIMARY KEY (tenant, seq)
);
INSERT INTO audit_personal (tenant, seq, sealed, body) SELECT tenant, seq, sealed, body FROM audit_event WHERE body IS NOT NULL;
ALTER TABLE audit_event DROP COLUMN leaf;
ALTER TABLE audit_event DROP COLUMN body;
ALTER TABLE audit_event DROP COLUMN sealed;
