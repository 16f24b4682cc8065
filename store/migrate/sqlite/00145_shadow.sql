-- +goose Up
-- What was overheard of conversations, a day each. It holds counts, codes and
-- who speaks with whom; nothing of a patient, and no message.
CREATE TABLE shadow_day (
    tenant TEXT NOT NULL,
    id     TEXT NOT NULL, -- of the conversation as one sensor hears it
    day    INTEGER NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX shadow_day_at ON shadow_day (tenant, day);
-- Which channel was drafted to take a listener over.
CREATE TABLE shadow_adoption (
    tenant TEXT NOT NULL,
    id     TEXT NOT NULL, -- of the shadow channel
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
-- +goose Down
DROP TABLE shadow_adoption;
DROP TABLE shadow_day;
