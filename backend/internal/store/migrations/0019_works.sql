-- +goose Up
-- Long work of operators, and how far it is: whoever writes here does it once a second.
CREATE TABLE works (
    id       TEXT PRIMARY KEY,
    kind     TEXT NOT NULL,
    operator TEXT NOT NULL,
    done     BIGINT NOT NULL,
    total    BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    seen_at  BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    failed   BIGINT NOT NULL
);
CREATE INDEX works_by_begin ON works (begun_at, id);

-- +goose Down
DROP TABLE works;
