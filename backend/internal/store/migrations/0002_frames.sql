-- +goose Up
-- Actions that were drawn and not judged yet, by keyed hash of an account and
-- of an ID number, and what is remembered of frames that were judged.
CREATE TABLE waiting_actions (
    subject TEXT PRIMARY KEY,
    actions TEXT NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX waiting_actions_by_time ON waiting_actions (at);
CREATE TABLE frames (
    hash       TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX frames_of_account ON frames (account_id);
CREATE INDEX frames_by_time ON frames (at);
CREATE TABLE frame_prints (
    account_id TEXT NOT NULL,
    subject    TEXT NOT NULL,
    print      BYTEA NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX frame_prints_of_account ON frame_prints (account_id);
CREATE INDEX frame_prints_of_subject ON frame_prints (subject);
CREATE INDEX frame_prints_by_time ON frame_prints (at);

-- +goose Down
DROP TABLE frame_prints;
DROP TABLE frames;
DROP TABLE waiting_actions;
