#!/usr/bin/env bash
# Born on 29 February: of age on 28 February in PostgreSQL, on 1 March in SQLite, and on both in Temporal
#
# Versions: Debian's PostgreSQL 15, SQLite 3.40 (by Debian's python3), Go 1.26, npm date-fns 4.4.0, luxon 3.7.2,
#   dayjs 1.11.23, @js-temporal/polyfill 0.5.1.
# Why it matters: a child of 17 passes as an adult, or an adult is refused, for one day, where the client, the server
#   and the database reckon in their own ways; then the same person passes, and nobody can repeat it.
# Guess: "18 years after 29 February 2008" has two answers, 28 February and 1 March 2026, so languages may differ; but
#   one library's sum and its difference agree, and so do the two databases that one program runs on.
# Seen: on 28 February 2026. PostgreSQL: birth + interval '18 years' is that day, so of age; age() says 17 years 11
#   months 28 days, and today - interval '18 years' comes before the birth, so not. SQLite's date(birth, '+18 years')
#   and Go's AddDate are 1 March. dayjs and luxon say of age by sum and by difference. Temporal's sum is 28 February,
#   and its until() gives 17; so does date-fns. Nobody warns, and on 1 March all of them agree about everybody born on
#   1 March.
# Source: each one's manual on adding years; run here.
# What to do: one function with the day that the law of the place names, for server and client; no age in SQL; the
#   29th of February on both days among the tests.
set -euo pipefail
changed() { echo "leap-day-of-age: changed: $*" >&2; exit 1; }
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ||
	apt-get -qq -y --no-install-recommends install postgresql >/dev/null
bin=$(find /usr/lib/postgresql -name initdb -printf '%h\n' | sort -V | tail -n 1)
dir=$(mktemp -d); chmod 755 "$dir"
as=(); [ "$(id -u)" -ne 0 ] || as=(runuser -u postgres --)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/pg"
[ "$(id -u)" -ne 0 ] || chown postgres "$dir/pg"
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund \
	date-fns@4.4.0 luxon@3.7.2 dayjs@1.11.23 @js-temporal/polyfill@0.5.1
cat >go.mod <<'MOD'
module finding
go 1.26.0
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	birth, err := time.Parse(time.DateOnly, os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Println("Go: sum", birth.AddDate(18, 0, 0).Format(time.DateOnly))
}
GO
cat >age.mjs <<'JS'
import {Temporal} from '@js-temporal/polyfill';
import {addYears, differenceInYears, format} from 'date-fns';
import dayjs from 'dayjs';
import {DateTime} from 'luxon';
const [birth, today] = process.argv.slice(2);
const local = (day) => new Date(day + 'T00:00');
const told = (library, sum, years) => console.log(`${library}: sum ${sum}, difference ${Math.floor(years)}`);
told('date-fns', format(addYears(local(birth), 18), 'yyyy-MM-dd'), differenceInYears(local(today), local(birth)));
told('luxon', DateTime.fromISO(birth).plus({years: 18}).toISODate(),
  DateTime.fromISO(today).diff(DateTime.fromISO(birth), 'years').years);
told('dayjs', dayjs(birth).add(18, 'year').format('YYYY-MM-DD'), dayjs(today).diff(birth, 'year'));
const born = Temporal.PlainDate.from(birth);
told('Temporal', born.add({years: 18}), born.until(today, {largestUnit: 'years'}).years);
JS
(cd pg && "${as[@]}" "$bin/initdb" -D "$dir/pg/data" -U postgres -A trust -E UTF8 --locale=C >/dev/null)
nice go build -o age .
of() { # birth, today
	(cd pg && "${as[@]}" "$bin/postgres" --single -D "$dir/pg/data" postgres 2>/dev/null <<SQL
select 'PostgreSQL: sum ' || (date '$1' + interval '18 years')::date || ', difference ' || age(date '$2', date '$1') \
|| ', back ' || (date '$2' - interval '18 years')::date as told
SQL
	) | sed -n 's/.*told = "\([^"]*\)".*/\1/p'
	/usr/bin/python3 - "$1" <<'PY'
import sqlite3, sys
sum, = sqlite3.connect(':memory:').execute("SELECT date(?, '+18 years')", sys.argv[1:]).fetchone()
print('SQLite: sum', sum)
PY
	./age "$1"
	node age.mjs "$1" "$2"
}
leap=$(of 2008-02-29 2026-02-28)
plain=$(of 2008-03-01 2026-03-01)
"$bin/postgres" --version
echo "born 2008-02-29, on 2026-02-28:"
echo "$leap"
echo "born 2008-03-01, on 2026-03-01:"
echo "$plain"
has() { grep -qxF "$2" <<<"$1" || changed "no line '$2'"; }
has "$leap" 'PostgreSQL: sum 2026-02-28, difference 17 years 11 mons 28 days, back 2008-02-28'
has "$plain" 'PostgreSQL: sum 2026-03-01, difference 18 years, back 2008-03-01'
for library in SQLite Go; do
	has "$leap" "$library: sum 2026-03-01"
	has "$plain" "$library: sum 2026-03-01"
done
for library in date-fns Temporal; do has "$leap" "$library: sum 2026-02-28, difference 17"; done
for library in luxon dayjs; do has "$leap" "$library: sum 2026-02-28, difference 18"; done
for library in date-fns Temporal luxon dayjs; do has "$plain" "$library: sum 2026-03-01, difference 18"; done
