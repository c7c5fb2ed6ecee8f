#!/usr/bin/env bash
# Everybody erased, vacuumed, and no search finds them: the full-text indexes of both databases still hold every number
#
# Versions: Debian's PostgreSQL 15 (GIN) and SQLite 3.40 with FTS5 (by Debian's python3).
# Why it matters: people are looked for by a part of their name or number, so both stand in a full-text index. Erasure
#   is proved by a search that finds nobody and a grep of the files that finds nothing.
# Guess: VACUUM takes deleted rows out of every index, as it does of a B-tree; and with secure_delete on, VACUUM writes
#   SQLite's whole file anew, without what was deleted.
# Seen: of 300 people, all deleted. PostgreSQL: VACUUM empties the table's file, the GIN index keeps 300 of 300 numbers
#   in plain text, as live keys that point to nobody, also after 300 other people came and a second VACUUM (600 keys
#   then). It never takes a key out; REINDEX does.
#   SQLite: with secure_delete=ON, DELETE in the FTS5 table and VACUUM, the index's own vocabulary (fts5vocab) says 0
#   terms and a grep finds one number; s_data still holds all 300, with their common beginnings taken off, which is
#   why grep is blind. The script reads them back. 'optimize' clears them; secure_delete and VACUUM do not.
# Source: PostgreSQL's README of GIN (entries are not deleted), SQLite's FTS5 (a deletion adds a marker); run here.
# What to do: REINDEX, or FTS5's 'optimize' and then VACUUM, as a step of erasing; test erasure on the index's own
#   pages; or index a keyed hash and no plain number.
set -euo pipefail
changed() { echo "erased-in-search-index: changed: $*" >&2; exit 1; }
bin=/usr/lib/postgresql/15/bin
[ -d $bin ] || apt-get -qq -y --no-install-recommends install postgresql-15 >/dev/null
[ -x /usr/bin/python3 ] || apt-get -qq -y --no-install-recommends install python3 >/dev/null
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
kept() { # how many of the numbers stand in the file of a table or index
	sql -c checkpoint
	{ grep -aoiE '11010519491231[0-9]{3}x' "$dir/pg/data/$(sql -c "select pg_relation_filepath('$1')")" || true; } |
		sort -u | wc -l
}
"$bin/postgres" --version
sql -c "create table person (number text)" \
	-c "create index found on person using gin (to_tsvector('simple', number))" \
	-c "insert into person select '11010519491231' || to_char(i, 'FM000') || 'X' from generate_series(1, 300) i" \
	-c "vacuum person"
keys() { # how many keys the index has, by the pointers of its leaf pages
	sql -c "select sum((h.lower - 24) / 4) from generate_series(1, pg_relation_size('found') / 8192 - 1) n,
		page_header(get_raw_page('found', n::int)) h, gin_page_opaque_info(get_raw_page('found', n::int)) o
		where 'leaf' = any(o.flags) and not 'data' = any(o.flags) and not 'deleted' = any(o.flags)"
}
sql -c "create extension pageinspect"
echo "300 people: table $(kept person), index $(kept found), keys $(keys)"
sql -c "delete from person" -c "vacuum person"
table=$(kept person) index=$(kept found)
echo "all deleted, VACUUM: table $table, index $index, keys $(keys)"
[ "$table $index $(keys)" = '0 300 300' ] || changed "VACUUM leaves $table in the table, $index in the index"
sql -c "insert into person select '4401051990030' || i from generate_series(1, 300) i" -c "vacuum person"
index=$(kept found)
echo "300 others, VACUUM: index $index, keys $(keys)"
[ "$index $(keys)" = '300 600' ] || changed "the index gives its keys away"
sql -c "reindex index found"
index=$(kept found)
echo "REINDEX: index $index"
[ "$index" -eq 0 ] || changed "REINDEX leaves $index"

cat >"$dir/fts5.py" <<'PY'
import re, sqlite3, sys

db = sqlite3.connect(sys.argv[1], isolation_level=None)
number = re.compile(rb"11010519491231\d{3}x")


def varint(page, at):
    value = 0
    while True:
        value = value << 7 | page[at] & 127
        at += 1
        if page[at - 1] < 128:
            return value, at


def terms():
    """The terms in the leaves of FTS5's segments: each but a page's first has its common beginning left out."""
    for id, page in db.execute("select id, block from s_data where id > 10 order by id"):
        if id >> 31 & 63:
            continue  # no leaf
        footer = at = int.from_bytes(page[2:4], "big")
        start, term = 0, b""
        while at < len(page):
            step, at = varint(page, at)
            start += step
            common, text = 0, start
            if start != step:
                common, text = varint(page, text)
            length, text = varint(page, text)
            term = term[:common] + page[text : text + length]
            yield term


def tell(when):
    with open(sys.argv[1], "rb") as file:
        plain = len(set(number.findall(file.read().lower())))
    read = len({m for t in terms() for m in number.findall(t)})
    said = db.execute("select count(*) from temp.words").fetchone()[0]
    found = db.execute("select count(*) from s('11010519491231150X')").fetchone()[0]
    print(f"{when}: search {found}, fts5vocab {said}, grep {plain}, read back {read}")


print("SQLite", sqlite3.sqlite_version)
db.execute("pragma secure_delete = on")
db.execute("create virtual table s using fts5(number)")
db.execute("create virtual table temp.words using fts5vocab(main, s, row)")
db.execute("begin")
for i in range(1, 301):
    db.execute("insert into s(number) values (?)", (f"11010519491231{i:03}X",))
db.execute("commit")
tell("before")
db.execute("delete from s")
db.execute("vacuum")
tell("erased")
db.execute("insert into s(s) values ('optimize')")
db.execute("vacuum")
tell("optimized")
PY
out=$(/usr/bin/python3 "$dir/fts5.py" "$dir/people.db")
echo "$out"
has() { grep -qE "^$1$" <<<"$out" || changed "no line '$1'"; }
has 'before: search 1, fts5vocab 300, grep 300, read back 300'
has 'erased: search 0, fts5vocab 0, grep [0-2], read back 300'
has 'optimized: search 0, fts5vocab 0, grep 0, read back 0'
