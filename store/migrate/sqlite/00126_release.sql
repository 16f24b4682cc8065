-- +goose Up
-- What is given to analytics: which fields, for whom and for what.
CREATE TABLE release_definition (
    tenant  TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    version INTEGER NOT NULL,
    state   TEXT    NOT NULL, -- draft, agreed
    doc     TEXT    NOT NULL,
    sealed  INTEGER NOT NULL, -- 1 when pseudonym is sealed
    pseudonym BLOB  NOT NULL, -- key of the pseudonyms; empty before the first release
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- What was given, with the risk that was measured.
CREATE TABLE release_done (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    doc    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX release_done_name ON release_done (tenant, name, at);

-- +goose Down
DROP TABLE release_done;
DROP TABLE release_definition;
