#!/usr/bin/env bash
# Chinese New Year of 2027 comes a day late in Node and Chromium, whose Temporal, on the same page, has it right
#
# Versions: Node 20.20 (ICU 78.2), Debian 12's chromium 156, npm playwright-core 1.65.1 to drive it, npm
#   lunar-javascript 1.7.7 and tyme4ts 1.5.2.
# Why it matters: older people know their birthday by the Chinese calendar, and some papers have it as if it were the
#   other one. The reviewer converts one into the other before the date on a card is called wrong. Deadlines and rules
#   "until New Year's Eve" are reckoned too.
# Guess: the calendar is law and arithmetic (GB/T 33661), known for two centuries; Intl's u-ca-chinese, in every
#   browser and phone, is the reference that small libraries are compared with.
# Seen: over all days of 1901 to 2100 the two libraries agree; Intl has 417 of them on another date. Eight months begin
#   a day too late or too early, and three leap months stand elsewhere. New Year's Day 1954 (3 February) and 2027
#   (6 February) are still the 30th of the year before; 2 February 2030 is the new year already. 26 July 1987, the
#   first of the second sixth month, is the first of the seventh. Chromium's Temporal has month M01, day 1 for
#   6 February 2027, and its toLocaleString writes 12/30/2026 for the same object. From 2019 to 2026 no day is wrong.
# Source: GB/T 33661-2017; the Hong Kong Observatory's conversion tables; run here.
# What to do: a table of the months (both libraries, or Temporal's calendar fields and never its text), tested on New
#   Year's Days and leap months; keep the date as it stands on the paper and convert for people to look at only.
set -euo pipefail
changed() { echo "chinese-new-year-of-2027: changed: $*" >&2; exit 1; }
dpkg -s chromium >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install chromium >/dev/null
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund \
	lunar-javascript@1.7.7 tyme4ts@1.5.2 playwright-core@1.65.1
cat >days.js <<'JS'
const {Solar} = require('lunar-javascript');
const {SolarDay} = require('tyme4ts');
const {chromium} = require('playwright-core');
const day = 24 * 3600 * 1000;
const intl = (times) => {
  const format = new Intl.DateTimeFormat('en-u-ca-chinese', {timeZone: 'UTC', dateStyle: 'short'});
  return times.map((time) => {
    const part = Object.fromEntries(format.formatToParts(time).map(({type, value}) => [type, value]));
    return `${part.relatedYear}-${part.month}-${part.day}`;
  });
};
const temporal = (dates) => dates.map((date) => {
  const found = Temporal.PlainDate.from(date).withCalendar('chinese');
  const text = found.toLocaleString('en-u-ca-chinese');
  return `${date}: Temporal ${found.year} ${found.monthCode} ${found.day}, as text ${text}`;
});
const times = [];
for (let time = Date.UTC(1901, 0, 1); time < Date.UTC(2101, 0, 1); time += day) times.push(time);
const ymd = (time) => new Date(time).toISOString().slice(0, 10).split('-').map(Number);
const written = (year, month, dayOf) => `${year}-${Math.abs(month)}${month < 0 ? 'bis' : ''}-${dayOf}`;
const lunar = times.map((time) => {
  const found = Solar.fromYmd(...ymd(time)).getLunar();
  return written(found.getYear(), found.getMonth(), found.getDay());
});
const tyme = times.map((time) => {
  const found = SolarDay.fromYmd(...ymd(time)).getLunarDay();
  const month = found.getLunarMonth();
  return written(month.getLunarYear().getYear(), month.getMonthWithLeap(), found.getDay());
});
(async () => {
  const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
  const page = await browser.newPage();
  const readers = {tyme, Node: intl(times), Chromium: await page.evaluate(intl, times)};
  for (const [reader, found] of Object.entries(readers)) {
    const other = times.filter((_, i) => found[i] !== lunar[i]);
    const runs = other.filter((time) => !other.includes(time - day)).map((time) => {
      const i = times.indexOf(time);
      return `${new Date(time).toISOString().slice(0, 10)} ${lunar[i]} ${found[i]}`;
    });
    console.log([`${reader}: ${other.length} days of ${times.length} differ`, ...runs].join('\n  '));
  }
  console.log((await page.evaluate(temporal, ['1987-07-26', '2027-02-06'])).join('\n'));
  await browser.close();
})();
JS
out=$(nice timeout 250 node days.js)
echo "Node $(node --version), ICU $(node -p process.versions.icu), $(dpkg-query -W chromium | tr '\t' ' ')"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
count() { [ "$(grep -cxF "  $1" <<<"$out")" -eq 2 ] || changed "not in both: $1"; }
has 'tyme: 0 days of 73049 differ'
has 'Node: 417 days of 73049 differ'
has 'Chromium: 417 days of 73049 differ'
count '1954-02-03 1954-1-1 1953-12-30'
count '1987-07-26 1987-6bis-1 1987-7-1'
count '2018-11-07 2018-9-30 2018-10-1'
count '2027-02-06 2027-1-1 2026-12-30'
count '2030-02-02 2029-12-30 2030-1-1'
has '1987-07-26: Temporal 1987 M06L 1, as text 7/1/1987'
has '2027-02-06: Temporal 2027 M01 1, as text 12/30/2026'
