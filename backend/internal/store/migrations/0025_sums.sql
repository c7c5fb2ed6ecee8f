-- +goose Up
-- Counts are read over months: those of hours that are over are summed in blocks of eight hours since 1970, which
-- days of UTC and of China's time are made of. summed is how much of n the sum of its block has; what comes to an
-- hour later, or from a binary that knows no sums, is n beyond it.
ALTER TABLE stage_counts ADD COLUMN summed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE call_counts ADD COLUMN summed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX stage_counts_unsummed ON stage_counts (hour) WHERE n > summed;
CREATE INDEX call_counts_unsummed ON call_counts (hour) WHERE n > summed;
-- hour is the block's first.
CREATE TABLE stage_sums (
    hour   BIGINT NOT NULL,
    stage  TEXT NOT NULL,
    reason TEXT NOT NULL,
    n      BIGINT NOT NULL,
    PRIMARY KEY (hour, stage, reason)
);
CREATE TABLE call_sums (
    hour      BIGINT NOT NULL,
    provider  TEXT NOT NULL,
    kind      TEXT NOT NULL,
    answer    TEXT NOT NULL,
    within_ms BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    PRIMARY KEY (hour, provider, kind, answer, within_ms)
);

-- +goose Down
DROP TABLE call_sums;
DROP TABLE stage_sums;
DROP INDEX call_counts_unsummed;
DROP INDEX stage_counts_unsummed;
ALTER TABLE call_counts DROP COLUMN summed;
ALTER TABLE stage_counts DROP COLUMN summed;
