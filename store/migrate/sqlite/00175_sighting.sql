-- +goose Up
-- The word of a list or of a vendor's cloud is no sighting: first_seen stays
-- since when a device is known, seen_first is when the network heard it first,
-- last_seen when it did last, and reported when a record spoke of it last.
-- Zero is never.
ALTER TABLE device ADD COLUMN seen_first INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN reported INTEGER NOT NULL DEFAULT 0;
UPDATE device_doc SET doc = json_set(doc, '$.knownSince', json_extract(doc, '$.firstSeen'));
UPDATE device SET seen_first = first_seen WHERE EXISTS (SELECT 1 FROM device_word w WHERE w.tenant = device.tenant AND w.device = device.id AND w.kind = 'protocol' AND w.value NOT IN ('cmms', 'lease', 'cloud'));
UPDATE device SET reported = last_seen WHERE EXISTS (SELECT 1 FROM device_word w WHERE w.tenant = device.tenant AND w.device = device.id AND w.kind = 'protocol' AND w.value IN ('cmms', 'lease', 'cloud')) AND seen_first = 0;
UPDATE device SET last_seen = CASE WHEN seen_first = 0 THEN 0 ELSE heard END WHERE seen_first = 0 OR heard > 0;
UPDATE device_doc SET doc = json_remove(doc, '$.firstSeen', '$.lastSeen')
    WHERE EXISTS (SELECT 1 FROM device d WHERE d.tenant = device_doc.tenant AND d.id = device_doc.id AND d.seen_first = 0);

-- +goose Down
UPDATE device SET last_seen = reported WHERE last_seen = 0;
UPDATE device_doc SET doc = json_set(doc, '$.firstSeen', json_extract(doc, '$.knownSince'), '$.lastSeen', json_extract(doc, '$.knownSince')) WHERE json_extract(doc, '$.lastSeen') IS NULL;
ALTER TABLE device DROP COLUMN reported;
ALTER TABLE device DROP COLUMN seen_first;
