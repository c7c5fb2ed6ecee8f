-- +goose Up
-- New passwords that somebody asked for, by a code to a phone or from support. Whether
-- there is such an account, a row does not say: one of nobody has no account.
CREATE TABLE password_resets (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL,
    mac          BYTEA NOT NULL,
    expires_at   BIGINT NOT NULL,
    guesses_left BIGINT NOT NULL
);
CREATE INDEX password_resets_of_account ON password_resets (account_id);

-- +goose Down
DROP TABLE password_resets;
