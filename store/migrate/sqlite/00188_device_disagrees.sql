-- +goose Up
-- About what the evidence of a device disagrees, as a word that a filter finds.
INSERT INTO device_word (tenant, kind, value, device)
SELECT DISTINCT d.tenant, 'disagrees', json_extract(c.value, '$.attribute'), d.id
FROM device JOIN device_doc d ON d.tenant = device.tenant AND d.id = device.id, json_each(d.doc, '$.conflicts') c
WHERE device.conflicts > 0 AND json_extract(c.value, '$.attribute') <> ''
ON CONFLICT DO NOTHING;

-- +goose Down
DELETE FROM device_word WHERE kind = 'disagrees';
