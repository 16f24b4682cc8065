-- +goose Up
-- The word of a list or of a vendor's cloud is no sighting: first_seen stays
-- since when a device is known, seen_first is when the network heard it first,
-- last_seen when it did last, and reported when a record spoke of it last.
-- Zero is never.
ALTER TABLE device ADD COLUMN seen_first BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN reported BIGINT NOT NULL DEFAULT 0;
-- A NUL that a device said is no text of jsonb, and would end the step.
UPDATE device_doc SET doc = replace(doc, '\u0000', '\ufffd') WHERE strpos(doc, '\u0000') > 0;
UPDATE device_doc SET doc = jsonb_set(doc::jsonb, '{knownSince}', doc::jsonb->'firstSeen')::text WHERE doc::jsonb ? 'firstSeen';
UPDATE device SET seen_first = first_seen WHERE EXISTS (SELECT 1 FROM device_word w WHERE w.tenant = device.tenant AND w.device = device.id AND w.kind = 'protocol' AND w.value NOT IN ('cmms', 'lease', 'cloud'));
UPDATE device SET reported = last_seen WHERE EXISTS (SELECT 1 FROM device_word w WHERE w.tenant = device.tenant AND w.device = device.id AND w.kind = 'protocol' AND w.value IN ('cmms', 'lease', 'cloud')) AND seen_first = 0;
UPDATE device SET last_seen = CASE WHEN seen_first = 0 THEN 0 ELSE heard END WHERE seen_first = 0 OR heard > 0;
UPDATE device_doc SET doc = (doc::jsonb - 'firstSeen' - 'lastSeen')::text
    WHERE EXISTS (SELECT 1 FROM device d WHERE d.tenant = device_doc.tenant AND d.id = device_doc.id AND d.seen_first = 0);

-- +goose Down
UPDATE device_doc SET doc = replace(doc, '\u0000', '\ufffd') WHERE strpos(doc, '\u0000') > 0;
UPDATE device SET last_seen = reported WHERE last_seen = 0;
UPDATE device_doc SET doc = (doc::jsonb || jsonb_build_object('firstSeen', doc::jsonb->'knownSince', 'lastSeen', doc::jsonb->'knownSince'))::text WHERE NOT doc::jsonb ? 'lastSeen';
ALTER TABLE device DROP COLUMN reported;
ALTER TABLE device DROP COLUMN seen_first;
