#!/usr/bin/env bash
# similarity('张三', '张三') is 0 where the database's LC_CTYPE is C, also where ICU with zh is its provider
#
# Versions: Debian's PostgreSQL 15 with its pg_trgm.
# Why it matters: double accounts, lists of blocked people and the reviewer's search find names that are nearly the same
#   by trigrams. LC_CTYPE C is chosen for speed and since an index on it never breaks by an upgrade of libc.
# Guess: C sorts by bytes, and that is all; who needs letters makes the database with ICU, whose rules then hold.
# Seen: under C, show_trgm('张三') is {}, so a name has similarity 0 with itself, % is false, and a search by it over
#   the index finds nobody, without a notice. With the ICU provider, zh, and LC_CTYPE C the same database says that 张三
#   matches ^\w+$ and upper('é') is É, by ICU, and still has no trigrams: pg_trgm asks libc. So does full text: there
#   李四·王五 is one word, two under C.UTF-8. LIKE is right in all, so is every test with Latin letters. The same program
#   on a database with C.UTF-8, a developer's, finds 张三丰.
# Source: PostgreSQL's CREATE DATABASE (LC_CTYPE beside the ICU locale), pg_trgm (words are alphanumeric); run here.
# What to do: ask show_trgm of a Chinese name at the start and refuse to run when it is empty; LC_CTYPE C.UTF-8, which
#   sorts by code points too.
set -euo pipefail
changed() { echo "postgres-trigram-of-a-name: changed: $*" >&2; exit 1; }
bin=/usr/lib/postgresql/15/bin
[ -d $bin ] || apt-get -qq -y --no-install-recommends install postgresql-15 >/dev/null
dir=$(mktemp -d); chmod 755 "$dir"
as=(); [ "$(id -u)" -ne 0 ] || as=(runuser -u postgres --)
stop() { "${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir"; }
trap stop EXIT
mkdir "$dir/pg"
[ "$(id -u)" -ne 0 ] || chown postgres "$dir/pg"
cd "$dir/pg"
"${as[@]}" "$bin/initdb" -D "$dir/pg/data" -U postgres -A trust -E UTF8 --locale=C >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -w \
	-o "-c listen_addresses= -c unix_socket_directories=$dir/pg -c fsync=off" start >/dev/null
sql() { "$bin/psql" -h "$dir/pg" -U postgres -XAtq -d "$1" "${@:2}"; }
sql postgres -c "create database c template template0 locale 'C'" \
	-c "create database icu template template0 locale_provider icu icu_locale 'zh' locale 'C'" \
	-c "create database utf8 template template0 locale 'C.UTF-8'"
"$bin/postgres" --version
for database in c icu utf8; do
	sql $database -c "create extension pg_trgm" -c "create table person (name text)" \
		-c "insert into person select '李' || chr(20000 + i) from generate_series(1, 3000) i" \
		-c "insert into person values ('张三丰')" \
		-c "create index on person using gin (name gin_trgm_ops)" -c "analyze person"
	got=$(sql $database -F ' ' -c "set enable_seqscan = off" -c "select cardinality(show_trgm('张三')),
		similarity('张三', '张三'), '张三' % '张三', similarity('Zhang', 'Zhang'), '张三' ~ '^\\w+\$', upper('é'),
		(select count(*) from person where name % '张三丰'), (select count(*) from person where name like '%三丰%'),
		length(to_tsvector('simple', '李四·王五'))")
	echo "$database: trigrams, similarity, %, of Latin, \\w, upper, found by %, by LIKE, words: $got"
	case $database in
	c) want='0 0 f 1 f é 0 1 1' ;;
	icu) want='0 0 f 1 t É 0 1 1' ;;
	utf8) want='3 1 t 1 t É 1 1 2' ;;
	esac
	[ "$got" = "$want" ] || changed "$database has '$got'"
done
