-- +goose Up
-- Services that rely on us, what people agreed to tell them, and what each is
-- told. A realm is a provider: '' is our own, others are the sandbox's.
CREATE TABLE services (
    id     TEXT PRIMARY KEY,
    realm  TEXT NOT NULL,
    name   TEXT NOT NULL,
    state  BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    -- events is the number of the newest event; queued is 1 while a job waits
    -- that sends events.
    events BIGINT NOT NULL DEFAULT 0,
    queued BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX services_of_realm ON services (realm, name);
CREATE TABLE service_grants (
    service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    subject    TEXT NOT NULL,
    state      BYTEA NOT NULL,
    PRIMARY KEY (service_id, account_id),
    UNIQUE (service_id, subject)
);
CREATE INDEX service_grants_of_account ON service_grants (account_id);
CREATE TABLE service_requests (
    hash       TEXT PRIMARY KEY,
    service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    sealed     BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX service_requests_by_time ON service_requests (expires_at);
CREATE TABLE service_tokens (
    hash       TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    family     TEXT NOT NULL,
    sealed     BYTEA NOT NULL,
    used       BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX service_tokens_of_family ON service_tokens (family);
CREATE INDEX service_tokens_of_grant ON service_tokens (service_id, account_id);
CREATE INDEX service_tokens_by_time ON service_tokens (expires_at);
CREATE TABLE service_devices (
    hash       TEXT PRIMARY KEY,
    user_hash  TEXT NOT NULL UNIQUE,
    service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    status     TEXT NOT NULL,
    sealed     BYTEA NOT NULL,
    polled_at  BIGINT NOT NULL,
    wait       BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX service_devices_by_time ON service_devices (expires_at);
CREATE TABLE service_assertions (
    hash       TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX service_assertions_by_time ON service_assertions (expires_at);
CREATE TABLE service_events (
    service_id   TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    number       BIGINT NOT NULL,
    id           TEXT NOT NULL,
    subject      TEXT NOT NULL,
    type         TEXT NOT NULL,
    at           BIGINT NOT NULL,
    -- waits is 1 until the event is delivered or given up.
    waits        BIGINT NOT NULL,
    dead         BIGINT NOT NULL DEFAULT 0,
    tries        BIGINT NOT NULL DEFAULT 0,
    next_at      BIGINT NOT NULL DEFAULT 0,
    failure      TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (service_id, number)
);
CREATE INDEX service_events_waiting ON service_events (service_id, number) WHERE waits = 1;
CREATE INDEX service_events_dead ON service_events (service_id, number) WHERE dead = 1;
CREATE INDEX service_events_by_time ON service_events (at);
CREATE TABLE signing_keys (
    id         TEXT PRIMARY KEY,
    realm      TEXT NOT NULL,
    sealed     BYTEA NOT NULL,
    signs_from BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL
);
CREATE INDEX signing_keys_of_realm ON signing_keys (realm, signs_from);

-- +goose Down
DROP TABLE signing_keys;
DROP TABLE service_events;
DROP TABLE service_assertions;
DROP TABLE service_devices;
DROP TABLE service_tokens;
DROP TABLE service_requests;
DROP TABLE service_grants;
DROP TABLE services;
