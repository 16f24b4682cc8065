-- +goose Up
-- Messages that were forgotten before step 181 lost the row of their control id
-- with their content. What is left of it, the keyed hash of channel, sender and
-- control id, becomes a row by which they are known when they come again.
INSERT INTO message_index (tenant, field, value, id)
    SELECT m.tenant, 'forgotten', m.control, m.id FROM message m
    WHERE m.forgotten_at > 0 AND length(m.control) = 16 AND m.state <> 'duplicate'
        AND NOT EXISTS (SELECT 1 FROM message_index i WHERE i.tenant = m.tenant AND i.id = m.id AND i.field = 'control')
    ON CONFLICT (tenant, field, value, id) DO NOTHING;

-- +goose Down
DELETE FROM message_index WHERE field = 'forgotten';
