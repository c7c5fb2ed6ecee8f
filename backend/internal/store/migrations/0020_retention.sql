-- +goose Up
-- unverified_at is when an account that never verified was last signed in to: 0 for one that verified, 1 for one of
-- which nobody knows yet.
ALTER TABLE accounts ADD COLUMN unverified_at BIGINT NOT NULL DEFAULT 1;
CREATE INDEX accounts_unverified ON accounts (unverified_at) WHERE unverified_at > 0;
-- Where the entries of a case's chain begin that are still kept: seq and mac are those of the last one that is gone,
-- seal covers both.
CREATE TABLE audit_gone (
    case_id TEXT PRIMARY KEY REFERENCES cases (id),
    seq     BIGINT NOT NULL,
    mac     BYTEA NOT NULL,
    seal    BYTEA NOT NULL
);
-- When what is old in the case's chain is looked for again.
ALTER TABLE cases ADD COLUMN audit_look_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX cases_audit_look ON cases (audit_look_at, finished_at) WHERE finished_at > 0;

-- +goose Down
DROP INDEX cases_audit_look;
ALTER TABLE cases DROP COLUMN audit_look_at;
DROP TABLE audit_gone;
DROP INDEX accounts_unverified;
ALTER TABLE accounts DROP COLUMN unverified_at;
