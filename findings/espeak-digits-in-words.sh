#!/usr/bin/env bash
# Debian 12's screen reader voice says 验证码582013 with digits that are not there: "four … three" come out of 验 and 码
#
# Versions: Debian 12's espeak-ng 1.51 (espeak-ng-data).
# Why it matters: who cannot see hears the code that they type, and hears it behind 验证码; three wrong codes end a case.
# Guess: a Chinese voice says Chinese, perhaps with a wrong reading here and there; the digits are what is right for sure.
# Seen: the voice "cmn", which "zh" gives, turns each character into pinyin with the number of its tone. Where its rules do
#   not take the syllable for Mandarin it is said in the English voice, and the number of the tone is said as a number, in
#   English: 验 (yan4) as "yan four", 码 (ma3) as "ma three", 张三 ends in "one". Behind them come the true digits, in
#   Chinese. 证 and 张 are said right, so that a trial with one word proves nothing. "cmn-latn-pinyin" says all of them
#   right, and the same digits.
# Source: espeak-ng issues 1028 and 1236 (closed, mended after 1.51); espeak-ng -X shows the steps; run here.
# What to do: ask for the voice cmn-latn-pinyin by name; let a code stand in an element of its own that the keyboard
#   reaches, so that it is read without words before it.
set -euo pipefail
changed() { echo "espeak-digits-in-words: changed: $*" >&2; exit 1; }
dpkg-query -W -f='${Status}' espeak-ng 2>/dev/null | grep -q 'ok installed' ||
	apt-get -qq -y --no-install-recommends install espeak-ng >/dev/null
export LC_ALL=C.UTF-8
# numbers VOICE TEXT: what espeak-ng looks up as a number while it reads, by its own trace
numbers() { espeak-ng -q -X -v "$1" "$2" | sed -n "s/^Found: '_\([0-9]\)' .*/\1/p" | tr -d '\n'; }
said() { espeak-ng -q -x -v "$1" "$2" | tr -d '\n'; }
echo "$(dpkg-query -W espeak-ng espeak-ng-data | tr '\t\n' '  ')"
for voice in cmn zh cmn-latn-pinyin; do
	for text in 验证码 张三 验证码582013; do echo "$voice $text:$(said $voice $text), numbers named: $(numbers $voice $text)"; done
done
for voice in cmn zh; do
	[ "$(numbers $voice 验证码)" = 43 ] || changed "$voice says 验证码 in another way"
	[ "$(numbers $voice 张三)" = 1 ] || changed "$voice says 张三 in another way"
	[ "$(said $voice 验证码)" != "$(said cmn-latn-pinyin 验证码)" ] || changed "$voice is as the other"
	[[ $(said $voice 验证码) == *'(en)ma'*'Tri:'* ]] || changed "$voice says no three in 码"
done
[ -z "$(numbers cmn-latn-pinyin 验证码)" ] || changed "the other voice names numbers too"
[[ $(said cmn-latn-pinyin 验证码) != *'(en)'* ]] || changed "the other voice speaks English"
