-- +goose Up
-- To whom devices belong that are worn or stand at home. The patient is sealed
-- with a key of its own (sealed_key, by the id) and found by a keyed hash.
CREATE TABLE device_association (
    tenant   TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    device   TEXT    NOT NULL,
    since_at BIGINT NOT NULL, -- 0 is not known
    until_at BIGINT NOT NULL, -- 0 while it lasts
    told_at  BIGINT NOT NULL,
    source   TEXT    NOT NULL,
    patient  BYTEA    NOT NULL, -- keyed hash
    sealed   BYTEA    NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX device_association_device ON device_association (tenant, device, told_at);
CREATE INDEX device_association_patient ON device_association (tenant, patient);
CREATE INDEX device_association_told ON device_association (tenant, told_at);

-- +goose Down
DROP TABLE device_association;
