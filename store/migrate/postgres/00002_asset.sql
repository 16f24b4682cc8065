-- +goose Up
-- What was seen under one key. All that fusion knows is here; devices are
-- computed from it.
CREATE TABLE sighting (
    tenant TEXT NOT NULL,
    key    TEXT NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, key)
);

-- One row is one device as fusion has it. A column is empty where the
-- attribute is neither confirmed nor likely.
CREATE TABLE device (
    tenant       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    class        TEXT    NOT NULL,
    manufacturer TEXT    NOT NULL,
    model        TEXT    NOT NULL,
    serial       TEXT    NOT NULL,
    version      TEXT    NOT NULL,
    os           TEXT    NOT NULL,
    status       TEXT    NOT NULL, -- of the model, else of the maker
    site         TEXT    NOT NULL,
    building     TEXT    NOT NULL,
    floor        TEXT    NOT NULL,
    unit         TEXT    NOT NULL,
    room         TEXT    NOT NULL,
    bed          TEXT    NOT NULL,
    located_at   BIGINT  NOT NULL,
    behind       TEXT    NOT NULL,
    asset_tag    TEXT    NOT NULL,
    conflicts    BIGINT  NOT NULL,
    affected     BIGINT  NOT NULL DEFAULT 0, -- exposures; kept by those who match advisories
    undecidable  BIGINT  NOT NULL DEFAULT 0,
    highest      TEXT    NOT NULL DEFAULT '',
    first_seen   BIGINT  NOT NULL,
    last_seen    BIGINT  NOT NULL,
    rev          BIGINT  NOT NULL,
    search       TEXT    NOT NULL, -- the words by which it is found, in plain letters and digits
    number       BIGINT  NOT NULL, -- of the device in the search index
    PRIMARY KEY (tenant, id)
);
CREATE INDEX device_name ON device (tenant, lower(COALESCE(name, '')), id);
CREATE INDEX device_class ON device (tenant, class, lower(COALESCE(unit, '')));
CREATE INDEX device_model ON device (tenant, manufacturer, model, version);
CREATE INDEX device_place ON device (tenant, site, unit, bed, located_at);
CREATE INDEX device_unit ON device (tenant, lower(COALESCE(unit, '')), class);
CREATE INDEX device_status ON device (tenant, status);
CREATE INDEX device_seen ON device (tenant, COALESCE(last_seen, 0), id);
CREATE INDEX device_text ON device USING gin (array_to_tsvector(string_to_array(search, ' ')));

-- The device with all its evidence, apart so that lists and counts need not
-- read past it.
CREATE TABLE device_doc (
    tenant TEXT NOT NULL,
    id     TEXT NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- Addresses, names, tags and other lists of a device.
CREATE TABLE device_word (
    tenant TEXT NOT NULL,
    kind   TEXT NOT NULL, -- ip, mac, host, tag, protocol, role
    value  TEXT NOT NULL,
    device TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, value, device)
);
CREATE INDEX device_word_text ON device_word (tenant, kind, lower(COALESCE(value, '')), device);
CREATE INDEX device_word_device ON device_word (tenant, device);

-- Which key leads to which device, so that a device keeps its id.
CREATE TABLE device_key (
    tenant TEXT NOT NULL,
    key    TEXT NOT NULL,
    device TEXT NOT NULL,
    PRIMARY KEY (tenant, key)
);

-- What persons decided: these are one device, these are not.
CREATE TABLE device_link (
    tenant TEXT NOT NULL,
    id     TEXT NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE device_event (
    tenant TEXT    NOT NULL,
    device TEXT    NOT NULL,
    at     BIGINT  NOT NULL,
    kind   TEXT    NOT NULL,
    text   TEXT    NOT NULL,
    by_id  TEXT    NOT NULL,
    PRIMARY KEY (tenant, device, at, kind, text)
);

-- Who spoke with whom within an hour.
CREATE TABLE conversation (
    tenant     TEXT    NOT NULL,
    hour       BIGINT  NOT NULL,
    site       TEXT    NOT NULL,
    client     TEXT    NOT NULL,
    server     TEXT    NOT NULL,
    transport  TEXT    NOT NULL,
    port       BIGINT  NOT NULL,
    client_mac TEXT    NOT NULL,
    server_mac TEXT    NOT NULL,
    vlan       BIGINT  NOT NULL,
    protocol   TEXT    NOT NULL,
    encrypted  BIGINT  NOT NULL,
    packets    BIGINT  NOT NULL,
    bytes_up   BIGINT  NOT NULL,
    bytes_down BIGINT  NOT NULL,
    first_at   BIGINT  NOT NULL,
    last_at    BIGINT  NOT NULL,
    PRIMARY KEY (tenant, hour, site, client, server, transport, port, client_mac, server_mac)
);
CREATE INDEX conversation_client ON conversation (tenant, client_mac, hour);
CREATE INDEX conversation_server ON conversation (tenant, server_mac, hour);
CREATE INDEX conversation_client_ip ON conversation (tenant, client, hour);
CREATE INDEX conversation_server_ip ON conversation (tenant, server, hour);

-- The same by day, once the hours are too old to be kept; and for ever, when
-- each pair was first and last heard.
CREATE TABLE conversation_day (
    tenant     TEXT    NOT NULL,
    day        BIGINT  NOT NULL,
    site       TEXT    NOT NULL,
    client     TEXT    NOT NULL,
    server     TEXT    NOT NULL,
    transport  TEXT    NOT NULL,
    port       BIGINT  NOT NULL,
    client_mac TEXT    NOT NULL,
    server_mac TEXT    NOT NULL,
    vlan       BIGINT  NOT NULL,
    protocol   TEXT    NOT NULL,
    encrypted  BIGINT  NOT NULL,
    packets    BIGINT  NOT NULL,
    bytes_up   BIGINT  NOT NULL,
    bytes_down BIGINT  NOT NULL,
    first_at   BIGINT  NOT NULL,
    last_at    BIGINT  NOT NULL,
    PRIMARY KEY (tenant, day, site, client, server, transport, port, client_mac, server_mac)
);
CREATE INDEX conversation_day_client ON conversation_day (tenant, client_mac, day);
CREATE INDEX conversation_day_server ON conversation_day (tenant, server_mac, day);
CREATE INDEX conversation_day_client_ip ON conversation_day (tenant, client, day);
CREATE INDEX conversation_day_server_ip ON conversation_day (tenant, server, day);
CREATE TABLE conversation_edge (
    tenant     TEXT    NOT NULL,
    site       TEXT    NOT NULL,
    client     TEXT    NOT NULL,
    server     TEXT    NOT NULL,
    transport  TEXT    NOT NULL,
    port       BIGINT  NOT NULL,
    client_mac TEXT    NOT NULL,
    server_mac TEXT    NOT NULL,
    protocol   TEXT    NOT NULL,
    first_at   BIGINT  NOT NULL,
    last_at    BIGINT  NOT NULL,
    PRIMARY KEY (tenant, site, client, server, transport, port, client_mac, server_mac)
);

-- What a sensor saw and what it missed.
CREATE TABLE coverage (
    tenant    TEXT    NOT NULL,
    site      TEXT    NOT NULL,
    sensor    TEXT    NOT NULL,
    from_at   BIGINT  NOT NULL,
    until_at  BIGINT  NOT NULL,
    packets   BIGINT  NOT NULL,
    bytes     BIGINT  NOT NULL,
    dropped   BIGINT  NOT NULL,
    evicted   BIGINT  NOT NULL,
    truncated BIGINT  NOT NULL,
    malformed BIGINT  NOT NULL,
    missing   BIGINT  NOT NULL,
    PRIMARY KEY (tenant, site, sensor, from_at)
);

-- The same by day, for ever.
CREATE TABLE coverage_day (
    tenant    TEXT    NOT NULL,
    site      TEXT    NOT NULL,
    sensor    TEXT    NOT NULL,
    day       BIGINT  NOT NULL,
    from_at   BIGINT  NOT NULL,
    until_at  BIGINT  NOT NULL,
    packets   BIGINT  NOT NULL,
    bytes     BIGINT  NOT NULL,
    dropped   BIGINT  NOT NULL,
    evicted   BIGINT  NOT NULL,
    truncated BIGINT  NOT NULL,
    malformed BIGINT  NOT NULL,
    missing   BIGINT  NOT NULL,
    PRIMARY KEY (tenant, site, sensor, day)
);

-- +goose Down
DROP TABLE coverage_day;
DROP TABLE coverage;
DROP TABLE conversation_edge;
DROP TABLE conversation_day;
DROP TABLE conversation;
DROP TABLE device_event;
DROP TABLE device_link;
DROP TABLE device_key;
DROP TABLE device_word;
DROP TABLE device_doc;
DROP TABLE device;
DROP TABLE sighting;
