-- +goose Up
-- The one row says what of the registry is in force: the people, and over them the
-- staged rows of import_id, which move there a few at a time; empty when all have.
-- While removing is 1, those are deleted whom that import does not have, up to looked,
-- and none of them is in force. version changes with each change of the registry;
-- places is the last place given, behind the one that the import's follow, and staged
-- how many of its rows have not moved.
CREATE TABLE people_state (
    slot      BIGINT PRIMARY KEY CHECK (slot = 1),
    version   BIGINT NOT NULL,
    places    BIGINT NOT NULL,
    import_id TEXT NOT NULL,
    behind    BIGINT NOT NULL,
    staged    BIGINT NOT NULL,
    removing  BIGINT NOT NULL,
    looked    TEXT NOT NULL
);
INSERT INTO people_state (slot, version, places, import_id, behind, staged, removing, looked)
    SELECT 1, 0, COALESCE(MAX(place), 0), '', 0, 0, 0, '' FROM people;
CREATE VIEW people_in_force AS
    SELECT p.number_hash, p.place, p.sealed, p.portrait, p.mobile_hash
    FROM people p
    WHERE (SELECT removing FROM people_state) = 0
    AND NOT EXISTS (SELECT 1 FROM people_staging s
        WHERE s.import_id = (SELECT import_id FROM people_state) AND s.number_hash = p.number_hash)
    UNION ALL
    SELECT s.number_hash,
        COALESCE((SELECT p.place FROM people p WHERE p.number_hash = s.number_hash), s.place + (SELECT behind FROM people_state)),
        s.sealed,
        COALESCE(s.portrait, (SELECT p.portrait FROM people p WHERE p.number_hash = s.number_hash)),
        s.mobile_hash
    FROM people_staging s
    WHERE s.import_id = (SELECT import_id FROM people_state);

-- +goose Down
-- An import that has not moved yet does so here.
DELETE FROM people
    WHERE (SELECT removing FROM people_state) = 1
    AND NOT EXISTS (SELECT 1 FROM people_staging s
        WHERE s.import_id = (SELECT import_id FROM people_state) AND s.number_hash = people.number_hash);
INSERT INTO people (number_hash, place, sealed, portrait, mobile_hash)
    SELECT number_hash, place + (SELECT behind FROM people_state), sealed, portrait, mobile_hash
    FROM people_staging WHERE import_id = (SELECT import_id FROM people_state)
    ON CONFLICT (number_hash) DO UPDATE
    SET sealed = excluded.sealed, mobile_hash = excluded.mobile_hash, portrait = COALESCE(excluded.portrait, people.portrait);
DELETE FROM people_staging WHERE import_id = (SELECT import_id FROM people_state);
DROP VIEW people_in_force;
DROP TABLE people_state;
