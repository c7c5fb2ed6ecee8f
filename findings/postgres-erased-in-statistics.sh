#!/usr/bin/env bash
# Erased, vacuumed, truncated and analyzed: PostgreSQL still shows the erased ID numbers in pg_stats
#
# Versions: Debian's PostgreSQL 15.
# Why it matters: "erase" is promised by law and in the consent. What is proved by a grep of the tables is not proved
#   for the cluster, its base backups and its replicas.
# Guess: DELETE leaves dead rows, VACUUM FULL writes the table anew, and ANALYZE replaces the statistics: nothing left.
# Seen: the planner's statistics hold up to 101 whole values of every column (histogram_bounds; most_common_vals for
#   those that repeat). VACUUM FULL does not touch them. ANALYZE of a table that has become empty keeps the old ones,
#   TRUNCATE too: the last people erased stay readable in pg_stats until somebody new comes. In a large table one erased
#   person stays until the next ANALYZE, which autovacuum starts after a tenth of the rows has changed, so perhaps
#   never. Columns without a reason for statistics (a sealed value) keep samples all the same.
# Source: PostgreSQL's manual on pg_statistic and autovacuum_analyze_scale_factor; run here.
# What to do: SET STATISTICS 0 on every column with personal data (the script shows that it works), ANALYZE after
#   erasing, and let the test of erasure look into pg_stats as well as into the tables.
set -euo pipefail
changed() { echo "postgres-erased-in-statistics: changed: $*" >&2; exit 1; }
bin=/usr/lib/postgresql/15/bin
[ -d $bin ] || apt-get -qq -y --no-install-recommends install postgresql-15 >/dev/null
dir=$(mktemp -d); chmod 755 "$dir"
as=(); [ "$(id -u)" -ne 0 ] || as=(runuser -u postgres --)
stop() { "${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir"; }
trap stop EXIT
mkdir "$dir/pg"
[ "$(id -u)" -ne 0 ] || chown postgres "$dir/pg"
cd "$dir/pg"
"${as[@]}" "$bin/initdb" -D "$dir/pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -w \
	-o "-c listen_addresses= -c unix_socket_directories=$dir/pg -c fsync=off -c autovacuum=off" start >/dev/null
sql() { "$bin/psql" -h "$dir/pg" -U postgres -XAtq "$@"; }
kept() { sql -c "select count(*) from pg_stats, unnest(histogram_bounds::text::text[]) v
	where tablename = '$1' and v like '11010519491231%'"; }
fill="select '11010519491231' || to_char(i, 'FM000') || 'X' from generate_series(1, 300) i"

echo "$("$bin/postgres" --version)"
sql -c "create table person (number text)" -c "insert into person $fill" -c "analyze person"
echo "300 people: $(kept person) numbers in pg_stats"
[ "$(kept person)" -gt 50 ] || changed "the statistics hold no values"
sql -c "delete from person" -c "vacuum full person" -c "analyze person"
echo "all erased, VACUUM FULL, ANALYZE: $(sql -c 'select count(*) from person') rows, $(kept person) numbers in pg_stats"
[ "$(kept person)" -gt 50 ] || changed "ANALYZE of the empty table clears the statistics"
sql -c "truncate person" -c "analyze person"
echo "TRUNCATE, ANALYZE: $(kept person) numbers"
[ "$(kept person)" -gt 50 ] || changed "TRUNCATE clears the statistics"

sql -c "create table guarded (number text)" -c "alter table guarded alter column number set statistics 0" \
	-c "insert into guarded $fill" -c "analyze guarded"
echo "SET STATISTICS 0: $(kept guarded) numbers"
[ "$(kept guarded)" -eq 0 ] || changed "SET STATISTICS 0 does not keep values out"
