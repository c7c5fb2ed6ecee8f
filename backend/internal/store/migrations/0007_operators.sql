-- +goose Up
-- Who runs the server, by what they sign in, and what they did.
CREATE TABLE operators (
    name       TEXT PRIMARY KEY,
    roles      TEXT NOT NULL,
    account    TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    removed_at BIGINT NOT NULL,
    handle     BYTEA NOT NULL UNIQUE
);
CREATE TABLE operator_enrolments (
    token_hash TEXT PRIMARY KEY,
    name       TEXT NOT NULL REFERENCES operators (name),
    expires_at BIGINT NOT NULL
);
CREATE TABLE operator_passkeys (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL REFERENCES operators (name),
    made_at    BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    credential BYTEA NOT NULL
);
CREATE INDEX operator_passkeys_of_name ON operator_passkeys (name);
CREATE TABLE operator_keys (
    token_hash TEXT PRIMARY KEY,
    name       TEXT NOT NULL REFERENCES operators (name),
    roles      TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE TABLE operator_sessions (
    token_hash TEXT PRIMARY KEY,
    name       TEXT NOT NULL REFERENCES operators (name),
    made_at    BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);
CREATE TABLE operator_ceremonies (
    id         TEXT PRIMARY KEY,
    half       BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE TABLE operator_acts (
    seq      BIGINT PRIMARY KEY,
    at       BIGINT NOT NULL,
    operator TEXT NOT NULL,
    act      TEXT NOT NULL,
    subject  TEXT NOT NULL,
    detail   TEXT NOT NULL,
    mac      BYTEA NOT NULL
);
CREATE INDEX operator_acts_of_operator ON operator_acts (operator, seq);
-- The chain of acts has its seals among those of the cases.
CREATE INDEX audit_seals_of_acts ON audit_seals (seq) WHERE case_id = 'operators';

-- +goose Down
DROP INDEX audit_seals_of_acts;
DROP TABLE operator_acts;
DROP TABLE operator_ceremonies;
DROP TABLE operator_sessions;
DROP TABLE operator_keys;
DROP TABLE operator_passkeys;
DROP TABLE operator_enrolments;
DROP TABLE operators;
