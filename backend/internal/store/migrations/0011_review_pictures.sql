-- +goose Up
-- What people hand in for a review, each case sealed with a key of its own.
CREATE TABLE review_pictures (
    case_id    TEXT NOT NULL,
    picture    TEXT NOT NULL,
    account_id TEXT NOT NULL,
    at         BIGINT NOT NULL,
    sealed     BYTEA NOT NULL,
    PRIMARY KEY (case_id, picture)
);
CREATE INDEX review_pictures_of_account ON review_pictures (account_id, at);

-- +goose Down
DROP TABLE review_pictures;
