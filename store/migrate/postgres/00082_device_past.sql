-- +goose Up
-- What was known of a device before it was known otherwise. The rows are
-- written by triggers, so that no change can forget them. The first row, of no
-- device, says since when this is kept.
CREATE TABLE device_past (
    tenant       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    gone_at      BIGINT  NOT NULL, -- until when it was known so
    first_seen   BIGINT  NOT NULL,
    name         TEXT    NOT NULL,
    class        TEXT    NOT NULL,
    manufacturer TEXT    NOT NULL,
    model        TEXT    NOT NULL,
    serial       TEXT    NOT NULL,
    version      TEXT    NOT NULL,
    os           TEXT    NOT NULL,
    site         TEXT    NOT NULL,
    building     TEXT    NOT NULL,
    floor        TEXT    NOT NULL,
    unit         TEXT    NOT NULL,
    room         TEXT    NOT NULL,
    bed          TEXT    NOT NULL,
    asset_tag    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id, gone_at)
);
INSERT INTO device_past (tenant, id, gone_at, first_seen, name, class, manufacturer, model, serial, version, os, site, building, floor, unit, room, bed, asset_tag)
VALUES ('', '', CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), 0, '', '', '', '', '', '', '', '', '', '', '', '', '', '');

-- +goose StatementBegin
CREATE FUNCTION device_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO device_past (tenant, id, gone_at, first_seen, name, class, manufacturer, model, serial, version, os, site, building, floor, unit, room, bed, asset_tag)
    VALUES (OLD.tenant, OLD.id, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), OLD.first_seen, OLD.name, OLD.class, OLD.manufacturer, OLD.model, OLD.serial, OLD.version, OLD.os, OLD.site, OLD.building, OLD.floor, OLD.unit, OLD.room, OLD.bed, OLD.asset_tag)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER device_changes AFTER UPDATE ON device FOR EACH ROW WHEN (OLD.name <> NEW.name OR OLD.class <> NEW.class OR OLD.manufacturer <> NEW.manufacturer OR OLD.model <> NEW.model OR OLD.serial <> NEW.serial OR OLD.version <> NEW.version OR OLD.os <> NEW.os OR OLD.site <> NEW.site OR OLD.unit <> NEW.unit OR OLD.room <> NEW.room OR OLD.bed <> NEW.bed OR OLD.asset_tag <> NEW.asset_tag) EXECUTE FUNCTION device_changes();

-- +goose StatementBegin
CREATE FUNCTION device_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO device_past (tenant, id, gone_at, first_seen, name, class, manufacturer, model, serial, version, os, site, building, floor, unit, room, bed, asset_tag)
    VALUES (OLD.tenant, OLD.id, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), OLD.first_seen, OLD.name, OLD.class, OLD.manufacturer, OLD.model, OLD.serial, OLD.version, OLD.os, OLD.site, OLD.building, OLD.floor, OLD.unit, OLD.room, OLD.bed, OLD.asset_tag)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER device_goes AFTER DELETE ON device FOR EACH ROW EXECUTE FUNCTION device_goes();

-- +goose Down
DROP TRIGGER device_changes ON device;
DROP FUNCTION device_changes();
DROP TRIGGER device_goes ON device;
DROP FUNCTION device_goes();
DROP TABLE device_past;
