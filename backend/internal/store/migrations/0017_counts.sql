-- +goose Up
-- What the operator's numbers are made of, counted as it happens: rows by hour (since 1970), however many
-- verifications there are. Nobody is named in them. A case counts in one stripe of 16, so that few wait for one row.
CREATE TABLE stage_counts (
    hour   BIGINT NOT NULL,
    stage  TEXT NOT NULL,
    method TEXT NOT NULL,
    reason TEXT NOT NULL,
    stripe BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    PRIMARY KEY (hour, stage, method, reason, stripe)
);
-- within_ms is the bucket of the time that a call took: its upper end, 0 for longer than any.
CREATE TABLE call_counts (
    hour      BIGINT NOT NULL,
    provider  TEXT NOT NULL,
    kind      TEXT NOT NULL,
    answer    TEXT NOT NULL,
    within_ms BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    PRIMARY KEY (hour, provider, kind, answer, within_ms)
);
-- used of most is the nearest that anybody came to a cap.
CREATE TABLE cap_counts (
    hour    BIGINT NOT NULL,
    cap     TEXT NOT NULL,
    used    BIGINT NOT NULL,
    most    BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    PRIMARY KEY (hour, cap)
);

-- +goose Down
DROP TABLE cap_counts;
DROP TABLE call_counts;
DROP TABLE stage_counts;
