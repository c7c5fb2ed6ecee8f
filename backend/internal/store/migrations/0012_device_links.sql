-- +goose Up
-- Attempts that are answered on another device, about which the issuer is asked
-- now and then, and the links that come of them.
ALTER TABLE issuer_attempts ADD COLUMN device BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issuer_attempts ADD COLUMN wait BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issuer_attempts ADD COLUMN poll_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issuer_links ADD COLUMN by_device BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE issuer_links DROP COLUMN by_device;
ALTER TABLE issuer_attempts DROP COLUMN poll_at;
ALTER TABLE issuer_attempts DROP COLUMN wait;
ALTER TABLE issuer_attempts DROP COLUMN device;
