-- +goose Up
-- A case that is open or verifies somebody has a person: an erasure beside a
-- beginning could leave one without. Those that it left are over.
UPDATE cases SET status = 'cancelled', finished_at = begun_at, ends_at = 0, version = version + 1
    WHERE sealed IS NULL AND status NOT IN ('verified', 'rejected', 'expired', 'cancelled');
ALTER TABLE cases ADD COLUMN numbered BIGINT NOT NULL DEFAULT 1 CHECK (
    status IN ('rejected', 'expired', 'cancelled')
    OR numbered = 1 AND (sealed IS NOT NULL OR status = 'verified'));

-- +goose Down
ALTER TABLE cases DROP COLUMN numbered;
