-- +goose Up
-- One process at a time sends a service's events: the one that has the lease. A
-- receiver that does not answer rests, longer with each failure.
ALTER TABLE services ADD COLUMN leased_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN rests_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
-- since is from when on the days count in which an event is tried.
ALTER TABLE service_events ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
CREATE INDEX service_events_of_subject ON service_events (service_id, subject, number);

-- +goose Down
DROP INDEX service_events_of_subject;
ALTER TABLE service_events DROP COLUMN since;
ALTER TABLE services DROP COLUMN failures;
ALTER TABLE services DROP COLUMN rests_until;
ALTER TABLE services DROP COLUMN leased_until;
