-- +goose Up
-- To whom devices belong that are worn or stand at home. The patient is sealed
-- with a key of its own (sealed_key, by the id) and found by a keyed hash.
CREATE TABLE device_association (
    tenant   TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    device   TEXT    NOT NULL,
    since_at INTEGER NOT NULL, -- 0 is not known
    until_at INTEGER NOT NULL, -- 0 while it lasts
    told_at  INTEGER NOT NULL,
    source   TEXT    NOT NULL,
    patient  BLOB    NOT NULL, -- keyed hash
    sealed   BLOB    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_association_device ON device_association (tenant, device, told_at);
CREATE INDEX device_association_patient ON device_association (tenant, patient);
CREATE INDEX device_association_told ON device_association (tenant, told_at);

-- +goose Down
DROP TABLE device_association;
