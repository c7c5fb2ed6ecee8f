-- +goose Up
-- What an import brings, until it comes into force by one statement. Rows that a
-- process left behind are nobody's; an import clears those of a day ago.
CREATE TABLE people_staging (
    import_id   TEXT NOT NULL,
    number_hash TEXT NOT NULL,
    place       BIGINT NOT NULL,
    sealed      BYTEA NOT NULL,
    portrait    BYTEA,
    PRIMARY KEY (import_id, number_hash)
);

-- +goose Down
DROP TABLE people_staging;
