-- +goose Up
-- One text serves SQLite and PostgreSQL. Times are microseconds since 1970 UTC.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE accounts (
    id            TEXT PRIMARY KEY,
    username      TEXT NOT NULL,
    username_key  TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    made_at       BIGINT NOT NULL
);
CREATE TABLE sessions (
    token_hash  TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    made_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    ended       BIGINT NOT NULL,
    device      TEXT NOT NULL,
    network     TEXT NOT NULL,
    new_device  BIGINT NOT NULL,
    new_network BIGINT NOT NULL
);
CREATE INDEX sessions_of_account ON sessions (account_id);
CREATE TABLE data_keys (
    subject        TEXT PRIMARY KEY,
    master_version BIGINT NOT NULL,
    wrapped        BYTEA NOT NULL
);
CREATE INDEX data_keys_by_master ON data_keys (master_version);
CREATE TABLE cases (
    id          TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL,
    version     BIGINT NOT NULL,
    status      TEXT NOT NULL,
    method      TEXT NOT NULL,
    reason      TEXT NOT NULL,
    begun_at    BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    state       BYTEA NOT NULL,
    sealed      BYTEA,
    audit_seq   BIGINT NOT NULL,
    audit_mac   BYTEA NOT NULL,
    audit_sealed BIGINT NOT NULL
);
CREATE INDEX cases_unsealed ON cases (id) WHERE audit_seq > audit_sealed;
CREATE UNIQUE INDEX cases_one_open ON cases (account_id)
    WHERE status NOT IN ('verified', 'rejected', 'expired', 'cancelled');
CREATE INDEX cases_of_account ON cases (account_id, begun_at);
CREATE INDEX cases_overdue ON cases (ends_at)
    WHERE status NOT IN ('verified', 'rejected', 'expired', 'cancelled');
CREATE INDEX cases_by_status ON cases (status, begun_at)
    WHERE status NOT IN ('verified', 'rejected', 'expired', 'cancelled');
CREATE TABLE case_keys (
    kind       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    case_id    TEXT NOT NULL REFERENCES cases (id),
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (kind, hash)
);
CREATE INDEX case_keys_expired ON case_keys (expires_at);
-- The one row names the index key. Identities refer to it, so that a process
-- with an older key cannot bind any.
CREATE TABLE index_keys (
    slot BIGINT PRIMARY KEY CHECK (slot = 1),
    id   TEXT NOT NULL UNIQUE
);
CREATE TABLE identities (
    account_id  TEXT PRIMARY KEY,
    number_hash TEXT NOT NULL UNIQUE,
    case_id     TEXT NOT NULL REFERENCES cases (id),
    method      TEXT NOT NULL,
    bound_at    BIGINT NOT NULL,
    sealed      BYTEA NOT NULL,
    index_key   TEXT NOT NULL REFERENCES index_keys (id) ON UPDATE CASCADE
);
CREATE TABLE traces (
    bucket  TEXT NOT NULL,
    subject TEXT NOT NULL,
    item    TEXT NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX traces_of_subject ON traces (bucket, subject, at);
CREATE INDEX traces_by_time ON traces (at);
CREATE TABLE audit (
    case_id TEXT NOT NULL REFERENCES cases (id),
    seq     BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    actor   TEXT NOT NULL,
    event   TEXT NOT NULL,
    status  TEXT NOT NULL,
    reason  TEXT NOT NULL,
    party   TEXT NOT NULL,
    detail  TEXT NOT NULL,
    mac     BYTEA NOT NULL,
    PRIMARY KEY (case_id, seq)
);
CREATE TABLE audit_seals (
    seq       BIGINT PRIMARY KEY,
    case_id   TEXT NOT NULL,
    audit_seq BIGINT NOT NULL,
    audit_mac BYTEA NOT NULL,
    mac       BYTEA NOT NULL
);
CREATE TABLE answers (
    scope  TEXT PRIMARY KEY,
    done   BIGINT NOT NULL,
    sealed BYTEA,
    at     BIGINT NOT NULL
);
CREATE INDEX answers_by_time ON answers (at);
CREATE TABLE sandbox_sms (
    id          TEXT PRIMARY KEY,
    mobile_hash TEXT NOT NULL,
    at          BIGINT NOT NULL,
    sealed      BYTEA NOT NULL
);
CREATE INDEX sandbox_sms_of_mobile ON sandbox_sms (mobile_hash, at);
CREATE TABLE people (
    number_hash TEXT PRIMARY KEY,
    place       BIGINT NOT NULL,
    sealed      BYTEA NOT NULL,
    portrait    BYTEA
);

-- +goose Down
DROP TABLE people;
DROP TABLE sandbox_sms;
DROP TABLE answers;
DROP TABLE audit_seals;
DROP TABLE audit;
DROP TABLE traces;
DROP TABLE identities;
DROP TABLE index_keys;
DROP TABLE case_keys;
DROP TABLE cases;
DROP TABLE data_keys;
DROP TABLE sessions;
DROP TABLE accounts;
DROP TABLE meta;
