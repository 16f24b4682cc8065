-- +goose Up
-- Requests to send messages again; above a hundred a second person agrees.
CREATE TABLE message_replay (
    tenant       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    requested_at INTEGER NOT NULL,
    doc          TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE message_replay;
