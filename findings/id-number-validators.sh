#!/usr/bin/env bash
# Two of four validators of ID numbers refuse lawful holders by their kind of card
#
# Versions: npm validator 13.15.35, idcard 4.2.0, id-validator 1.3.0, validid 3.0.0.
# Why it matters: whoever is refused here never gets as far as a check with the registry, and is told that the own
#   number is wrong.
# Guess: 18 digits, a date, ISO 7064 MOD 11-2: one rule since 1999, so libraries differ in their lists of counties only.
# Seen: all four are right about residents of the mainland, and of Hong Kong and Macao (81, 82). validator.js refuses
#   everybody from Taiwan (83, the residence permit of 2018), and of foreigners with permanent residence (9 and the
#   province, the card of 2023) it takes those of Beijing and refuses Shanghai and Guangdong: it knows "91" as a
#   province named abroad. idcard refuses all of these foreigners. id-validator and validid take all cards.
# Source: the measures for residence permits of 2018 (State Council, 810000, 820000, 830000); the rules for reading the
#   permanent residence card of 2023 (9, province, nationality, birth, sequence, MOD 11-2); run here.
# What to do: parse by kind of card oneself; no list of provinces as a refusal; one specimen of each kind in the tests.
set -euo pipefail
changed() { echo "id-number-validators: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund \
	validator@13.15.35 idcard@4.2.0 id-validator@1.3.0 validid@3.0.0
cat >run.js <<'JS'
const validator = require('validator'), idcard = require('idcard'), IdValidator = require('id-validator');
const {validateCnid} = require('validid');
const weigh = (sum, digit, i) => sum + digit * (2 ** (17 - i) % 11);
const whole = (digits) => digits + '10X98765432'[[...digits].reduce(weigh, 0) % 11];
const numbers = {
  beijing: '11010019900307123', hongkong: '81000019900307123', macao: '82000019900307123', taiwan: '83000019900307123',
  'foreigner-beijing': '91184019900307123', 'foreigner-shanghai': '93184019900307123',
  'foreigner-guangdong': '94484019900307123',
};
for (const [name, digits] of Object.entries(numbers)) {
  const number = whole(digits);
  console.log(name, number, validator.isIdentityCard(number, 'zh-CN'), idcard.verify(number),
    new IdValidator().isValid(number), validateCnid(number).ok);
}
JS
out=$(node run.js)
echo "number, then validator 13.15.35, idcard 4.2.0, id-validator 1.3.0, validid 3.0.0"
echo "$out"
has() { grep -qE "^$1 [0-9X]{18} $2$" <<<"$out" || changed "$1 is not '$2'"; }
for name in beijing hongkong macao; do has $name 'true true true true'; done
has taiwan 'false true true true'
has foreigner-beijing 'true false true true'
has foreigner-shanghai 'false false true true'
has foreigner-guangdong 'false false true true'
