-- +goose Up
-- When a joined number was handed on to an account that was about to be bound; 0 for one that was not.
ALTER TABLE joined_numbers ADD COLUMN bequeathed_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE joined_numbers DROP COLUMN bequeathed_at;
