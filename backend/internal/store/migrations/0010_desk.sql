-- +goose Up
-- What operators find people by, and what takes two of them. An empty hash was
-- not made yet (the process makes those of before), '-' is nobody's number.
ALTER TABLE identities ADD COLUMN mobile_hash TEXT NOT NULL DEFAULT '';
CREATE INDEX identities_by_mobile ON identities (mobile_hash);
ALTER TABLE people ADD COLUMN mobile_hash TEXT NOT NULL DEFAULT '';
CREATE INDEX people_by_mobile ON people (mobile_hash);
ALTER TABLE people_staging ADD COLUMN mobile_hash TEXT NOT NULL DEFAULT '';
CREATE TABLE operator_requests (
    kind     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    operator TEXT NOT NULL,
    reason   TEXT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX audit_by_time ON audit (at, case_id, seq);
CREATE INDEX operator_acts_by_time ON operator_acts (at, seq);

-- +goose Down
DROP INDEX operator_acts_by_time;
DROP INDEX audit_by_time;
DROP TABLE operator_requests;
ALTER TABLE people_staging DROP COLUMN mobile_hash;
DROP INDEX people_by_mobile;
ALTER TABLE people DROP COLUMN mobile_hash;
DROP INDEX identities_by_mobile;
ALTER TABLE identities DROP COLUMN mobile_hash;
