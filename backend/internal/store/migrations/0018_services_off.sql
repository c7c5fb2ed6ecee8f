-- +goose Up
-- off_at is when an operator turned a service off, 0 where it is on: nobody signs in there, its tokens open nothing,
-- and its events wait.
ALTER TABLE services ADD COLUMN off_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE services DROP COLUMN off_at;
