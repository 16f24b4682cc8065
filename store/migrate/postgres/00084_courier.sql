-- +goose Up
-- Who outside of Bedrail is told of notices. What they are trusted with is
-- sealed under the record target:ID.
CREATE TABLE notice_target (
    tenant  TEXT NOT NULL,
    id      TEXT NOT NULL,
    name    TEXT NOT NULL,
    active  BIGINT NOT NULL,
    version BIGINT NOT NULL,
    doc     TEXT NOT NULL,
    secrets BYTEA,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX notice_target_name ON notice_target (tenant, name);

-- Notices on their way, each to one target.
CREATE TABLE letter (
    tenant     TEXT NOT NULL,
    id         TEXT NOT NULL,
    target     TEXT NOT NULL,
    state      TEXT NOT NULL,
    at         BIGINT NOT NULL,
    due        BIGINT NOT NULL,
    tries      BIGINT NOT NULL,
    sent_at    BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    notice     TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX letter_due ON letter (tenant, state, due);
CREATE INDEX letter_target ON letter (tenant, target, state);

-- +goose Down
DROP TABLE letter;
DROP TABLE notice_target;
