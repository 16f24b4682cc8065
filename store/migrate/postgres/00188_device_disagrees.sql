-- +goose Up
-- About what the evidence of a device disagrees, as a word that a filter finds.
-- A NUL that a device said is no text here, and would end the step.
INSERT INTO device_word (tenant, kind, value, device)
SELECT DISTINCT d.tenant, 'disagrees', c ->> 'attribute', d.id
FROM device JOIN device_doc d ON d.tenant = device.tenant AND d.id = device.id, json_array_elements(replace(d.doc, '\u0000', '\ufffd')::json -> 'conflicts') c
WHERE device.conflicts > 0 AND c ->> 'attribute' <> ''
ON CONFLICT DO NOTHING;

-- +goose Down
DELETE FROM device_word WHERE kind = 'disagrees';
