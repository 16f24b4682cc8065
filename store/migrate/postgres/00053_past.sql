-- +goose Up
-- What was known on a day: since when each record and decision is known, and
-- what each was before. The rows of the past are written by triggers, so that
-- no change of a statement can forget them.
ALTER TABLE feed_record ADD COLUMN known_at BIGINT NOT NULL DEFAULT 0; -- 0: since before this was kept
ALTER TABLE decision ADD COLUMN known_at BIGINT NOT NULL DEFAULT 0;

-- Bills that a later one replaced, and what was in them.
CREATE TABLE bill_past (
    tenant       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    known_at     BIGINT NOT NULL,
    gone_at      BIGINT NOT NULL,
    manufacturer TEXT   NOT NULL,
    model        TEXT   NOT NULL,
    version      TEXT   NOT NULL,
    digest       TEXT   NOT NULL,
    doc          JSONB  NOT NULL,
    PRIMARY KEY (tenant, id, known_at)
);
CREATE INDEX bill_past_model ON bill_past (tenant, manufacturer, model, version, known_at);

CREATE TABLE bill_content_past (
    tenant     TEXT  NOT NULL,
    digest     TEXT  NOT NULL,
    components BYTEA NOT NULL,
    PRIMARY KEY (tenant, digest)
);

-- Statements and decisions as they were before they were changed.
CREATE TABLE decision_past (
    tenant   TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    known_at BIGINT NOT NULL,
    gone_at  BIGINT NOT NULL,
    doc      JSONB  NOT NULL,
    PRIMARY KEY (tenant, id, known_at)
);

-- Published records as they were before a feed changed them.
CREATE TABLE feed_record_past (
    tenant   TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    known_at BIGINT NOT NULL,
    gone_at  BIGINT NOT NULL,
    feed     TEXT   NOT NULL,
    doc      JSONB  NOT NULL,
    PRIMARY KEY (tenant, kind, id, known_at)
);

-- How feeds stood before they were fetched again.
CREATE TABLE feed_past (
    tenant      TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    imported_at BIGINT NOT NULL,
    gone_at     BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    records     BIGINT NOT NULL,
    newest      BIGINT NOT NULL,
    PRIMARY KEY (tenant, name, imported_at)
);

-- +goose StatementBegin
CREATE FUNCTION bill_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bill_past (tenant, id, known_at, gone_at, manufacturer, model, version, digest, doc)
    VALUES (OLD.tenant, OLD.id, OLD.imported_at, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), OLD.manufacturer, OLD.model, OLD.version, OLD.digest, OLD.doc)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER bill_goes AFTER DELETE ON bill FOR EACH ROW EXECUTE FUNCTION bill_goes();

-- +goose StatementBegin
CREATE FUNCTION bill_content_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bill_content_past (tenant, digest, components)
    VALUES (OLD.tenant, OLD.digest, OLD.components)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER bill_content_goes AFTER DELETE ON bill_content FOR EACH ROW EXECUTE FUNCTION bill_content_goes();

-- +goose StatementBegin
CREATE FUNCTION decision_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO decision_past (tenant, id, known_at, gone_at, doc)
    VALUES (OLD.tenant, OLD.id, OLD.known_at, NEW.known_at, OLD.doc)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER decision_changes AFTER UPDATE ON decision FOR EACH ROW EXECUTE FUNCTION decision_changes();

-- +goose StatementBegin
CREATE FUNCTION decision_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO decision_past (tenant, id, known_at, gone_at, doc)
    VALUES (OLD.tenant, OLD.id, OLD.known_at, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), OLD.doc)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER decision_goes AFTER DELETE ON decision FOR EACH ROW EXECUTE FUNCTION decision_goes();

-- +goose StatementBegin
CREATE FUNCTION feed_record_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feed_record_past (tenant, kind, id, known_at, gone_at, feed, doc)
    VALUES (OLD.tenant, OLD.kind, OLD.id, OLD.known_at, NEW.known_at, OLD.feed, OLD.doc)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER feed_record_changes AFTER UPDATE ON feed_record FOR EACH ROW WHEN (OLD.digest <> NEW.digest) EXECUTE FUNCTION feed_record_changes();

-- +goose StatementBegin
CREATE FUNCTION feed_record_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feed_record_past (tenant, kind, id, known_at, gone_at, feed, doc)
    VALUES (OLD.tenant, OLD.kind, OLD.id, OLD.known_at, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), OLD.feed, OLD.doc)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER feed_record_goes AFTER DELETE ON feed_record FOR EACH ROW EXECUTE FUNCTION feed_record_goes();

-- +goose StatementBegin
CREATE FUNCTION feed_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feed_past (tenant, name, imported_at, gone_at, kind, source, records, newest)
    VALUES (OLD.tenant, OLD.name, OLD.imported_at, NEW.imported_at, OLD.kind, OLD.source, OLD.records, OLD.newest)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER feed_changes AFTER UPDATE ON feed FOR EACH ROW WHEN (OLD.imported_at <> NEW.imported_at) EXECUTE FUNCTION feed_changes();

-- +goose Down
DROP TRIGGER bill_goes ON bill;
DROP FUNCTION bill_goes();
DROP TRIGGER bill_content_goes ON bill_content;
DROP FUNCTION bill_content_goes();
DROP TRIGGER decision_changes ON decision;
DROP FUNCTION decision_changes();
DROP TRIGGER decision_goes ON decision;
DROP FUNCTION decision_goes();
DROP TRIGGER feed_record_changes ON feed_record;
DROP FUNCTION feed_record_changes();
DROP TRIGGER feed_record_goes ON feed_record;
DROP FUNCTION feed_record_goes();
DROP TRIGGER feed_changes ON feed;
DROP FUNCTION feed_changes();
DROP TABLE feed_past;
DROP TABLE feed_record_past;
DROP TABLE decision_past;
DROP TABLE bill_content_past;
DROP TABLE bill_past;
ALTER TABLE decision DROP COLUMN known_at;
ALTER TABLE feed_record DROP COLUMN known_at;
