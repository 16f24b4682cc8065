-- +goose Up
-- Who outside of Bedrail is told of notices. What they are trusted with is
-- sealed under the record target:ID.
CREATE TABLE notice_target (
    tenant  TEXT NOT NULL,
    id      TEXT NOT NULL,
    name    TEXT NOT NULL,
    active  INTEGER NOT NULL,
    version INTEGER NOT NULL,
    doc     TEXT NOT NULL,
    secrets BLOB,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX notice_target_name ON notice_target (tenant, name);

-- Notices on their way, each to one target.
CREATE TABLE letter (
    tenant     TEXT NOT NULL,
    id         TEXT NOT NULL,
    target     TEXT NOT NULL,
    state      TEXT NOT NULL,
    at         INTEGER NOT NULL,
    due        INTEGER NOT NULL,
    tries      INTEGER NOT NULL,
    sent_at    INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    notice     TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_due ON letter (tenant, state, due);
CREATE INDEX letter_target ON letter (tenant, target, state);

-- +goose Down
DROP TABLE letter;
DROP TABLE notice_target;
