#!/usr/bin/env bash
# CALL erase('110105…') keeps the number: pg_stat_statements puts $1 for it in a DELETE, and writes a CALL down whole
#
# Versions: Debian's PostgreSQL 15 with its pg_stat_statements.
# Why it matters: pg_stat_statements is on wherever somebody looks after a database, every monitoring role can read it,
#   exporters copy its texts into other systems, and it outlives restarts. Erasure is one procedure, called by an
#   operator.
# Guess: the extension shows statements with $1, $2 for their constants, so no personal data gets into it; its manual
#   says that queries are normalized.
# Seen: only what the planner plans. INSERT, SELECT and DELETE of a number stand there with $1, SELECT erase_by('…')
#   too. CALL, DO, COPY (SELECT …) TO, DECLARE CURSOR, EXPLAIN, CREATE TABLE AS and SET app.person = '…' are utility
#   statements, and each stands there with the number in it, plain. So the one statement that was to make a person
#   vanish is the one that keeps the number; so does the export of a person's data for that person. After the stop of
#   the server a grep finds it in pg_stat/pg_stat_statements.stat, which no VACUUM touches.
# Source: pg_stat_statements' manual (utility commands are told apart by their texts; later versions put placeholders
#   into some of them); run here.
# What to do: pg_stat_statements.track_utility = off (the script shows that it works), or erase by SELECT of a function
#   and bound parameters; pg_stat_statements_reset() as the last step of an erasure; look there in the test of erasure.
set -euo pipefail
changed() { echo "postgres-erasing-statement: changed: $*" >&2; exit 1; }
bin=/usr/lib/postgresql/15/bin
[ -d $bin ] || apt-get -qq -y --no-install-recommends install postgresql-15 >/dev/null
dir=$(mktemp -d); chmod 755 "$dir"
as=(); [ "$(id -u)" -ne 0 ] || as=(runuser -u postgres --)
pg_ctl() { "${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -w "$@" >/dev/null; }
stop() { pg_ctl -m immediate stop 2>/dev/null || true; rm -rf "$dir"; }
trap stop EXIT
mkdir "$dir/pg"
[ "$(id -u)" -ne 0 ] || chown postgres "$dir/pg"
cd "$dir/pg"
"${as[@]}" "$bin/initdb" -D "$dir/pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
settings="-c listen_addresses= -c unix_socket_directories=$dir/pg -c fsync=off"
settings+=" -c shared_preload_libraries=pg_stat_statements"
start() { pg_ctl -o "$settings $*" start; }
sql() { "$bin/psql" -h "$dir/pg" -U postgres -XAtq -v ON_ERROR_STOP=1 "$@"; }
start
number=110105194912310021
cat >work.sql <<SQL
INSERT INTO people VALUES ('$number');
SELECT * FROM people WHERE number = '$number';
COPY (SELECT * FROM people WHERE number = '$number') TO STDOUT;
BEGIN;
DECLARE export CURSOR FOR SELECT * FROM people WHERE number = '$number';
COMMIT;
EXPLAIN SELECT * FROM people WHERE number = '$number';
SET app.person = '$number';
SELECT erase_by('$number');
CALL erase('$number');
DO \$\$ BEGIN DELETE FROM people WHERE number = '$number'; END \$\$;
DELETE FROM people WHERE number = '$number';
SQL
sql <<'SQL'
CREATE EXTENSION pg_stat_statements;
CREATE TABLE people (number text);
CREATE PROCEDURE erase(n text) LANGUAGE sql AS 'DELETE FROM people WHERE number = n';
CREATE FUNCTION erase_by(n text) RETURNS void LANGUAGE sql AS 'DELETE FROM people WHERE number = n';
SELECT pg_stat_statements_reset();
SQL
texts() { sql -c "SELECT query FROM pg_stat_statements WHERE query LIKE '%$number%' OR query ~ '[\$]1' ORDER BY query"; }
sql -f work.sql >/dev/null
"$bin/postgres" --version
seen=$(texts)
echo "$seen"
for verb in CALL DO COPY DECLARE EXPLAIN SET; do
	grep -q "^$verb .*$number" <<<"$seen" || changed "$verb does not keep the number"
done
for planned in 'INSERT INTO people' 'SELECT erase_by' 'DELETE FROM people' 'SELECT \* FROM'; do
	grep -q "^$planned.*\$1" <<<"$seen" || changed "$planned is not there with \$1"
	! grep -q "^$planned.*$number" <<<"$seen" || changed "$planned keeps the number"
done
pg_ctl -m fast stop
grep -q $number data/pg_stat/pg_stat_statements.stat || changed "the file does not hold the number"
start -c pg_stat_statements.track_utility=off
grep -q "CALL erase('$number')" <<<"$(texts)" || changed "a restart has taken the number away"
sql -c 'SELECT pg_stat_statements_reset()' -f work.sql >/dev/null
! grep -q $number <<<"$(texts)" || changed "the number is there with track_utility off"
echo "after a restart the number is still there; with track_utility off it is not"
