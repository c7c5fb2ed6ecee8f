-- +goose Up
-- Codes that a provider took on and about which it is asked whether they arrived. Who
-- they went to, the case has.
CREATE TABLE receipts (
    provider TEXT NOT NULL,
    id       TEXT NOT NULL,
    case_id  TEXT NOT NULL,
    sent_at  BIGINT NOT NULL,
    due_at   BIGINT NOT NULL,
    PRIMARY KEY (provider, id)
);
CREATE INDEX receipts_due ON receipts (due_at);

-- +goose Down
DROP TABLE receipts;
