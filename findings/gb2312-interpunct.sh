#!/usr/bin/env bash
# The bytes A1A4 are one letter in GB2312 and another in GBK, and "·" cannot be written in GB2312
#
# Versions: glibc's iconv, ICU's uconv and Python 3 of Debian 12, PostgreSQL 15, Node's TextDecoder,
#   npm iconv-lite 0.7.3.
# Why it matters: A1A4 is the interpunct of 买买提·艾力. Registries say "GB2312" where they mean GBK.
# Guess: GBK is a superset of GB2312, so what both can write is the same character, and a file that says GB2312
#   can be read and written by either name.
# Seen: under the name GB2312 (EUC-CN) glibc, ICU, Python and PostgreSQL read A1A4 as U+30FB and A1AA as U+2015;
#   under the name GBK or GB18030 the same programs read U+00B7 and U+2014. Node and iconv-lite read U+00B7 under
#   every name, as the browsers do. In the other direction the four refuse U+00B7 in GB2312 altogether: a
#   PostgreSQL client with client_encoding EUC_CN gets an error for each result with that person in it, a list of
#   a thousand rows included.
# Source: Unicode's GB2312 table against code page 936 and the WHATWG Encoding Standard; run here.
# What to do: read "gb2312" as GB18030, as browsers do; fold U+30FB to U+00B7 before names are compared; never
#   write GB2312.
set -euo pipefail
changed() { echo "gb2312-interpunct: changed: $*" >&2; exit 1; }
need=()
command -v uconv >/dev/null || need+=(icu-devtools)
command -v python3 >/dev/null || need+=(python3)
[ -d /usr/lib/postgresql/15/bin ] || need+=(postgresql-15)
[ ${#need[@]} -eq 0 ] || apt-get -qq -y --no-install-recommends install "${need[@]}" >/dev/null
bin=/usr/lib/postgresql/15/bin
dir=$(mktemp -d); chmod 755 "$dir"
as=(); [ "$(id -u)" -ne 0 ] || as=(runuser -u postgres --)
stop() { "${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir"; }
trap stop EXIT
mkdir "$dir/pg" "$dir/node"
[ "$(id -u)" -ne 0 ] || chown postgres "$dir/pg"
cd "$dir/pg"
"${as[@]}" "$bin/initdb" -D "$dir/pg/data" -U postgres -A trust -E UTF8 --locale=C >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -w \
	-o "-c listen_addresses= -c unix_socket_directories=$dir/pg -c fsync=off" start >/dev/null
cd "$dir/node"
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund iconv-lite@0.7.3

echo "$(iconv --version | head -n1); $(uconv --version | head -n1); $(python3 --version); $("$bin/postgres" --version); Node $(node --version)"
hex() { od -An -tx1 | tr -d ' \n'; }
bytes() { printf '\241\244\241\252'; }
dot=$(printf '\302\267')
sql() { "$bin/psql" -h "$dir/pg" -U postgres -XAt "$@"; }
gb=30fb2015 gbk=00b72014

for name in GB2312 GBK GB18030; do
	want=$gbk; [ $name != GB2312 ] || want=$gb
	got=$(bytes | iconv -f $name -t UTF-16BE | hex); echo "iconv $name $got"
	[ "$got" = $want ] || changed "iconv reads $name as $got"
	got=$(bytes | uconv -f $name -t UTF-16BE | hex); echo "uconv $name $got"
	[ "$got" = $want ] || changed "uconv reads $name as $got"
	got=$(bytes | python3 -c "import sys;print(sys.stdin.buffer.read().decode('$name').encode('utf-16-be').hex())")
	echo "python $name $got"
	[ "$got" = $want ] || changed "Python reads $name as $got"
	got=$(node -e "const b=Buffer.from('a1a4a1aa','hex'),h=s=>[...s].map(c=>c.codePointAt(0).toString(16).padStart(4,'0')).join('');
		console.log(h(new TextDecoder('$name').decode(b)),h(require('iconv-lite').decode(b,'$name')))")
	echo "node, iconv-lite $name $got"
	[ "$got" = "$gbk $gbk" ] || changed "Node or iconv-lite reads $name as $got"
done
got=$(sql -c "select encode(convert_to(convert_from('\xa1a4a1aa','EUC_CN'),'UTF8'),'hex')")
echo "postgresql EUC_CN $got (UTF-8)"
[ "$got" = e383bbe28095 ] || changed "PostgreSQL reads EUC_CN as $got"

if printf %s "$dot" | iconv -f UTF-8 -t GB2312 >/dev/null 2>&1; then changed "iconv writes U+00B7 in GB2312"; fi
if python3 -c "'\u00b7'.encode('gb2312')" 2>/dev/null; then changed "Python writes U+00B7 in GB2312"; fi
[ "$(printf %s "$dot" | iconv -f UTF-8 -t GBK | hex)" = a1a4 ] || changed "iconv writes U+00B7 in GBK in another way"
sql -q -c "create table person (name text)" -c "insert into person values ('张三'), ('买买提${dot}艾力')"
if got=$(PGCLIENTENCODING=EUC_CN sql -c "select name from person" 2>&1); then changed "a client in EUC_CN reads the row"; fi
echo "$got" | grep 'no equivalent'
[ "$(PGCLIENTENCODING=GBK sql -c "select name from person" | wc -l)" -eq 2 ] || changed "a client in GBK does not read the rows"
