-- +goose Up
CREATE TABLE app_user (
    tenant     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    admin      BIGINT NOT NULL, -- 1 for an enabled administrator of the whole tenant
    disabled   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_login BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    doc        JSONB   NOT NULL, -- the rest, as JSON
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX app_user_name ON app_user (tenant, name);

-- A session is found by the hash of the secret in the browser's cookie.
CREATE TABLE app_session (
    tenant     TEXT    NOT NULL,
    hash       TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    sent_from  TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash)
);
CREATE UNIQUE INDEX app_session_hash ON app_session (hash);
CREATE INDEX app_session_user ON app_session (tenant, user_id);

CREATE TABLE app_token (
    tenant     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    owner      TEXT    NOT NULL,
    hash       TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used  BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL,
    doc        JSONB   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX app_token_hash ON app_token (hash);
CREATE INDEX app_token_owner ON app_token (tenant, owner);

CREATE TABLE job (
    tenant     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    site       TEXT    NOT NULL,
    by_id      TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    doc        JSONB   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX job_created ON job (tenant, created_at, id);
CREATE INDEX job_open ON job (tenant, state) WHERE state IN ('queued', 'running');

-- +goose Down
DROP TABLE job;
DROP TABLE app_token;
DROP TABLE app_session;
DROP TABLE app_user;
