-- +goose Up
-- Refresh tokens that nobody here uses any more, and of which their issuer has not
-- heard yet.
CREATE TABLE issuer_revocations (
    id     TEXT PRIMARY KEY,
    issuer TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    tries  BIGINT NOT NULL DEFAULT 0,
    at     BIGINT NOT NULL
);
CREATE INDEX issuer_revocations_by_time ON issuer_revocations (at);

-- +goose Down
DROP TABLE issuer_revocations;
