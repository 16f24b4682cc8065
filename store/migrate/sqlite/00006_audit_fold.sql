-- +goose Up
-- What the commitments of an event stand for moves into the row of the event:
-- one row less for each act. Forgetting it sets body to NULL.
ALTER TABLE audit_event ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0; -- 1 when body is sealed, 0 when plain JSON
ALTER TABLE audit_event ADD COLUMN body BLOB;
-- The hash of the event, so that the tile at the tree's edge need not be
-- written anew with each flush. NULL in events from before.
ALTER TABLE audit_event ADD COLUMN leaf BLOB;
UPDATE audit_event SET
    sealed = COALESCE((SELECT p.sealed FROM audit_personal p WHERE p.tenant = audit_event.tenant AND p.seq = audit_event.seq), 0),
    body   = (SELECT p.body FROM audit_personal p WHERE p.tenant = audit_event.tenant AND p.seq = audit_event.seq);
DROP TABLE audit_personal;

-- +goose Down
CREATE TABLE audit_personal (
    tenant TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    sealed INTEGER NOT NULL,
    body   BLOB NOT NULL,
    PRIMARY KEY (tenant, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_personal (tenant, seq, sealed, body) SELECT tenant, seq, sealed, body FROM audit_event WHERE body IS NOT NULL;
ALTER TABLE audit_event DROP COLUMN leaf;
ALTER TABLE audit_event DROP COLUMN body;
ALTER TABLE audit_event DROP COLUMN sealed;
