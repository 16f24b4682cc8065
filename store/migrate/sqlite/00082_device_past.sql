-- +goose Up
-- What was known of a device before it was known otherwise. The rows are
-- written by triggers, so that no change can forget them. The first row, of no
-- device, says since when this is kept.
CREATE TABLE device_past (
    tenant       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    gone_at      INTEGER NOT NULL, -- until when it was known so
    first_seen   INTEGER NOT NULL,
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
) STRICT, WITHOUT ROWID;
INSERT INTO device_past (tenant, id, gone_at, first_seen, name, class, manufacturer, model, serial, version, os, site, building, floor, unit, room, bed, asset_tag)
VALUES ('', '', CAST(unixepoch('subsec') * 1000000 AS INTEGER), 0, '', '', '', '', '', '', '', '', '', '', '', '', '', '');

-- +goose StatementBegin
CREATE TRIGGER device_changes AFTER UPDATE ON device WHEN OLD.name <> NEW.name OR OLD.class <> NEW.class OR OLD.manufacturer <> NEW.manufacturer OR OLD.model <> NEW.model OR OLD.serial <> NEW.serial OR OLD.version <> NEW.version OR OLD.os <> NEW.os OR OLD.site <> NEW.site OR OLD.unit <> NEW.unit OR OLD.room <> NEW.room OR OLD.bed <> NEW.bed OR OLD.asset_tag <> NEW.asset_tag
BEGIN
    INSERT INTO device_past (tenant, id, gone_at, first_seen, name, class, manufacturer, model, serial, version, os, site, building, floor, unit, room, bed, asset_tag)
    VALUES (OLD.tenant, OLD.id, CAST(unixepoch('subsec') * 1000000 AS INTEGER), OLD.first_seen, OLD.name, OLD.class, OLD.manufacturer, OLD.model, OLD.serial, OLD.version, OLD.os, OLD.site, OLD.building, OLD.floor, OLD.unit, OLD.room, OLD.bed, OLD.asset_tag)
    ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER device_goes AFTER DELETE ON device
BEGIN
    INSERT INTO device_past (tenant, id, gone_at, first_seen, name, class, manufacturer, model, serial, version, os, site, building, floor, unit, room, bed, asset_tag)
    VALUES (OLD.tenant, OLD.id, CAST(unixepoch('subsec') * 1000000 AS INTEGER), OLD.first_seen, OLD.name, OLD.class, OLD.manufacturer, OLD.model, OLD.serial, OLD.version, OLD.os, OLD.site, OLD.building, OLD.floor, OLD.unit, OLD.room, OLD.bed, OLD.asset_tag)
    ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER device_changes;
DROP TRIGGER device_goes;
DROP TABLE device_past;
