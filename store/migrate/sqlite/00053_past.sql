-- +goose Up
-- What was known on a day: since when each record and decision is known, and
-- what each was before. The rows of the past are written by triggers, so that
-- no change of a statement can forget them.
ALTER TABLE feed_record ADD COLUMN known_at INTEGER NOT NULL DEFAULT 0; -- 0: since before this was kept
ALTER TABLE decision ADD COLUMN known_at INTEGER NOT NULL DEFAULT 0;

-- Bills that a later one replaced, and what was in them.
CREATE TABLE bill_past (
    tenant       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    known_at     INTEGER NOT NULL,
    gone_at      INTEGER NOT NULL,
    manufacturer TEXT    NOT NULL,
    model        TEXT    NOT NULL,
    version      TEXT    NOT NULL,
    digest       TEXT    NOT NULL,
    doc          TEXT    NOT NULL,
    PRIMARY KEY (tenant, id, known_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX bill_past_model ON bill_past (tenant, manufacturer, model, version, known_at);

CREATE TABLE bill_content_past (
    tenant     TEXT NOT NULL,
    digest     TEXT NOT NULL,
    components BLOB NOT NULL,
    PRIMARY KEY (tenant, digest)
) STRICT, WITHOUT ROWID;

-- Statements and decisions as they were before they were changed.
CREATE TABLE decision_past (
    tenant   TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    known_at INTEGER NOT NULL,
    gone_at  INTEGER NOT NULL,
    doc      TEXT    NOT NULL,
    PRIMARY KEY (tenant, id, known_at)
) STRICT, WITHOUT ROWID;

-- Published records as they were before a feed changed them.
CREATE TABLE feed_record_past (
    tenant   TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    known_at INTEGER NOT NULL,
    gone_at  INTEGER NOT NULL,
    feed     TEXT    NOT NULL,
    doc      TEXT    NOT NULL,
    PRIMARY KEY (tenant, kind, id, known_at)
) STRICT, WITHOUT ROWID;

-- How feeds stood before they were fetched again.
CREATE TABLE feed_past (
    tenant      TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    imported_at INTEGER NOT NULL,
    gone_at     INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    records     INTEGER NOT NULL,
    newest      INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, imported_at)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER bill_goes AFTER DELETE ON bill
BEGIN
    INSERT INTO bill_past (tenant, id, known_at, gone_at, manufacturer, model, version, digest, doc)
    VALUES (OLD.tenant, OLD.id, OLD.imported_at, CAST(unixepoch('subsec') * 1000000 AS INTEGER), OLD.manufacturer, OLD.model, OLD.version, OLD.digest, OLD.doc)
    ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER bill_content_goes AFTER DELETE ON bill_content
BEGIN
    INSERT INTO bill_content_past (tenant, digest, components)
    VALUES (OLD.tenant, OLD.digest, OLD.components)
    ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER decision_changes AFTER UPDATE ON decision
BEGIN
    INSERT INTO decision_past (tenant, id, known_at, gone_at, doc)
    VALUES (OLD.tenant, OLD.id, OLD.known_at, NEW.known_at, OLD.doc)
    ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER decision_goes AFTER DELETE ON decision
BEGIN
    INSERT INTO decision_past (tenant, id, known_at, gone_at, doc)
    VALUES (OLD.tenant, OLD.id, OLD.known_at, CAST(unixepoch('subsec') * 1000000 AS INTEGER), OLD.doc)
    ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_record_changes AFTER UPDATE ON feed_record WHEN OLD.digest <> NEW.digest
BEGIN
    INSERT INTO feed_record_past (tenant, kind, id, known_at, gone_at, feed, doc)
    VALUES (OLD.tenant, OLD.kind, OLD.id, OLD.known_at, NEW.known_at, OLD.feed, OLD.doc)
    ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_record_goes AFTER DELETE ON feed_record
BEGIN
    INSERT INTO feed_record_past (tenant, kind, id, known_at, gone_at, feed, doc)
    VALUES (OLD.tenant, OLD.kind, OLD.id, OLD.known_at, CAST(unixepoch('subsec') * 1000000 AS INTEGER), OLD.feed, OLD.doc)
    ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_changes AFTER UPDATE ON feed WHEN OLD.imported_at <> NEW.imported_at
BEGIN
    INSERT INTO feed_past (tenant, name, imported_at, gone_at, kind, source, records, newest)
    VALUES (OLD.tenant, OLD.name, OLD.imported_at, NEW.imported_at, OLD.kind, OLD.source, OLD.records, OLD.newest)
    ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER bill_goes;
DROP TRIGGER bill_content_goes;
DROP TRIGGER decision_changes;
DROP TRIGGER decision_goes;
DROP TRIGGER feed_record_changes;
DROP TRIGGER feed_record_goes;
DROP TRIGGER feed_changes;
DROP TABLE feed_past;
DROP TABLE feed_record_past;
DROP TABLE decision_past;
DROP TABLE bill_content_past;
DROP TABLE bill_past;
ALTER TABLE decision DROP COLUMN known_at;
ALTER TABLE feed_record DROP COLUMN known_at;
