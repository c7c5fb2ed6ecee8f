#!/usr/bin/env bash
# A person with one long name: 36 letters are read, 37 make the passport invalid, 38 give the name twice
#
# Versions: npm mrz 5.0.2.
# Why it matters: people with a sole name are common among passport holders; their Latin name is compared with what
#   they typed, and shown to the reviewer.
# Guess: no "<<" means no secondary identifier: the family name field has it all and the given name is empty, whatever
#   its length, as for a short sole name.
# Seen: the given name is what stands behind the first "<<". With 37 letters that is an empty text, which the
#   library calls wrong: valid false, for a right passport with right check digits. With 38 and 39 (the most that ICAO's
#   truncation leaves) there is no "<<": the name is lastName and once more firstName, valid true.
# Source: ICAO Doc 9303 part 4, names without a secondary identifier and their truncation; run here.
# What to do: split at the first "<<" ourselves and take "no split" as a sole name; compare long names as prefixes.
set -euo pipefail
changed() { echo "mrz-sole-name: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund mrz@5.0.2
cat >run.js <<'JS'
const {parse} = require('mrz');
const pad = (s, n) => s.padEnd(n, '<').slice(0, n);
const value = (c) => c === '<' ? 0 : /\d/.test(c) ? +c : c.charCodeAt(0) - 55;
const digit = (s) => String([...s].reduce((sum, c, i) => sum + value(c) * [7, 3, 1][i % 3], 0) % 10);
const whole = 'AMARAVATIKUMAR<BALASUBRAMANIAN<CHANDRAMOHAN';
for (const length of [24, 36, 37, 38, 39]) {
  const name = whole.slice(0, length);
  const number = pad('K1234567', 9), birth = '900307', expiry = '300101', personal = pad('', 14) + '<';
  const checked = [number, birth, expiry].map((s) => s + digit(s));
  const line2 = checked[0] + 'IND' + checked[1] + 'M' + checked[2] + personal;
  const read = parse([pad('P<IND' + name, 44), line2 + digit(checked.join('') + personal)]);
  console.log(length, read.valid, JSON.stringify([read.fields.lastName, read.fields.firstName]));
}
JS
out=$(node run.js)
echo "mrz 5.0.2, Node $(node --version)"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
has '24 true ["AMARAVATIKUMAR BALASUBRA",""]'
has '36 true ["AMARAVATIKUMAR BALASUBRAMANIAN CHAND",""]'
has '37 false ["AMARAVATIKUMAR BALASUBRAMANIAN CHANDR",null]'
has '38 true ["AMARAVATIKUMAR BALASUBRAMANIAN CHANDRA","AMARAVATIKUMAR BALASUBRAMANIAN CHANDRA"]'
has '39 true ["AMARAVATIKUMAR BALASUBRAMANIAN CHANDRAM","AMARAVATIKUMAR BALASUBRAMANIAN CHANDRAM"]'
