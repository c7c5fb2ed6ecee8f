-- +goose Up
-- IDs that are about to move to another account, by whom they verify now. The case that
-- asked has the rest.
CREATE TABLE moves (
    case_id      TEXT PRIMARY KEY,
    from_account TEXT NOT NULL UNIQUE,
    due_at       BIGINT NOT NULL
);
CREATE INDEX moves_due ON moves (due_at);

-- +goose Down
DROP TABLE moves;
