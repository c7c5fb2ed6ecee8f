-- +goose Up
-- Ways to an issuer and back, people at issuers, and the sessions that an issuer
-- vouched for. Issuers stand by their address in the last two: an id of the
-- configuration may lead elsewhere one day.
CREATE TABLE issuer_attempts (
    id           TEXT PRIMARY KEY,
    issuer       TEXT NOT NULL,
    account_id   TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    sealed       BYTEA NOT NULL,
    expires_at   BIGINT NOT NULL,
    used         BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX issuer_attempts_by_end ON issuer_attempts (expires_at);
CREATE TABLE issuer_links (
    account_id   TEXT NOT NULL,
    issuer       TEXT NOT NULL,
    subject_hash TEXT NOT NULL,
    signs_in     BIGINT NOT NULL DEFAULT 0,
    linked_at    BIGINT NOT NULL DEFAULT 0,
    verified     BIGINT NOT NULL DEFAULT 0,
    checked_at   BIGINT NOT NULL DEFAULT 0,
    sealed       BYTEA,
    version      BIGINT NOT NULL DEFAULT 1,
    leased_until BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, issuer)
);
CREATE UNIQUE INDEX issuer_links_of_person ON issuer_links (issuer, subject_hash);
CREATE TABLE issuer_sessions (
    token_hash TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    issuer     TEXT NOT NULL,
    sealed     BYTEA NOT NULL,
    refresh_at BIGINT NOT NULL
);
CREATE INDEX issuer_sessions_by_refresh ON issuer_sessions (refresh_at);

-- +goose Down
DROP TABLE issuer_sessions;
DROP TABLE issuer_links;
DROP TABLE issuer_attempts;
