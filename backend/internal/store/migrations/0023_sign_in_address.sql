-- +goose Up
-- The address that an issuer has verified of who signs in by it, sealed; NULL where it vouches for none.
ALTER TABLE issuer_links ADD COLUMN address BYTEA;

-- +goose Down
ALTER TABLE issuer_links DROP COLUMN address;
