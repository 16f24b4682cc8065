-- +goose Up
-- Views of lists that somebody keeps.
CREATE TABLE saved_view (
    tenant     TEXT NOT NULL,
    id         TEXT NOT NULL,
    list       TEXT NOT NULL,
    name       TEXT NOT NULL,
    search     TEXT NOT NULL,
    owner      TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    shared     INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX saved_view_name ON saved_view (tenant, owner, list, name);

-- With which view a person opens a list.
CREATE TABLE default_view (
    tenant TEXT NOT NULL,
    owner  TEXT NOT NULL,
    list   TEXT NOT NULL,
    id     TEXT NOT NULL,
    PRIMARY KEY (tenant, owner, list)
) STRICT, WITHOUT ROWID;

-- What people were told, and who has read it.
CREATE TABLE notice (
    tenant TEXT NOT NULL,
    id     TEXT NOT NULL,
    at     INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    level  TEXT NOT NULL,
    title  TEXT NOT NULL,
    href   TEXT NOT NULL,
    site   TEXT NOT NULL,
    unit   TEXT NOT NULL,
    person TEXT NOT NULL,
    needs  TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_at ON notice (tenant, at);
CREATE TABLE notice_read (
    tenant TEXT NOT NULL,
    notice TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (tenant, notice, person)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE notice_read;
DROP TABLE notice;
DROP TABLE default_view;
DROP TABLE saved_view;
