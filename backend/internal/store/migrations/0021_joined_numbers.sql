-- +goose Up
-- Further numbers of the person who verifies an account, joined by operators. A row counts while its account has an
-- identity.
CREATE TABLE joined_numbers (
    number_hash TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL,
    joined_at   BIGINT NOT NULL,
    sealed      BYTEA NOT NULL,
    index_key   TEXT NOT NULL REFERENCES index_keys (id) ON UPDATE CASCADE
);
CREATE INDEX joined_numbers_of_account ON joined_numbers (account_id);

-- +goose Down
DROP TABLE joined_numbers;
