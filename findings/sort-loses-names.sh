#!/usr/bin/env bash
# sort -u in zh_CN.UTF-8 keeps one person of those with a rare character, and comm says that two of them are one line
#
# Versions: Debian 12's coreutils 9.1 and locales 2.36 (glibc), python3.
# Why it matters: lists of names are compared before and after an import, an erasure, a restore: sort, uniq, comm, join.
#   They run in the operator's own locale, zh_CN.UTF-8 or en_US.UTF-8.
# Guess: the locale decides on the order; two lines are equal when they have the same bytes, at least to sort's last
#   resort, so that names are never mixed up.
# Seen: glibc's table of weights ends early. In zh_CN all of extensions B to F (60,353 characters) are equal, and so are
#   1,567 of extension A and 544 of the basic block among themselves: strcoll of 王𠮷 and 王𡈽 is 0. In en_US and zh_TW it
#   is all of extension A, with 䮌 and 䶮, and 90 of the basic block. Of six people sort -u keeps four, or three. sort,
#   whose last resort is strcoll again, leaves 王𡈽 between two lines 王𠮷, so that uniq -c counts 王𠮷 as one, twice. comm
#   -12 of a list with 王𠮷 and a list with 王𡈽 says that both have the line. In C.UTF-8, that of containers and CI, all is
#   right, and so is the script until an operator runs it.
# Source: glibc's iso14651_t1_common and its kin (characters without an entry are UNDEFINED); run here.
# What to do: LC_ALL=C in front of each sort, uniq, comm and join (the script shows that it works); never strcoll, or
#   locale.strxfrm, for whether two names are one.
set -euo pipefail
changed() { echo "sort-loses-names: changed: $*" >&2; exit 1; }
for p in locales python3; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export LOCPATH="$dir"
for locale in zh_CN zh_TW en_US; do localedef -i $locale -f UTF-8 "$dir/$locale.UTF-8"; done
printf '%s\n' 王𠮷 王𡈽 王𬱖 王䮌 王䶮 王张 >six
printf '%s\n' 王𠮷 王𡈽 王𠮷 >three
echo 王𠮷 >erased
echo 王𡈽 >kept
# weights.py tells how many characters of each block have a weight in common.
cat >weights.py <<'PY'
import collections, ctypes, locale
locale.setlocale(locale.LC_ALL, '')
libc, key = ctypes.CDLL(None), ctypes.create_string_buffer(100)
def weight(character):
    size = libc.strxfrm(key, character.encode(), 100)
    return key.raw[:size]
for name, first, last in (('basic', 0x4e00, 0x9fff), ('A', 0x3400, 0x4dbf), ('B', 0x20000, 0x2a6df), ('C-F', 0x2a700, 0x2ebe0)):
    most = collections.Counter(weight(chr(c)) for c in range(first, last + 1)).most_common(1)[0][1]
    print(name, most, end=' ')
print()
PY
out=$(for locale in C.UTF-8 zh_CN.UTF-8 zh_TW.UTF-8 en_US.UTF-8; do
	export LC_ALL=$locale
	echo "$locale sort -u: $(sort -u six | wc -l) of 6"
	echo "$locale sort, uniq -c: $(sort three | uniq -c | awk '{ printf "%s %s ", $1, $2 }')"
	echo "$locale comm -12: $(comm -12 erased kept)"
	echo "$locale equal: $(/usr/bin/python3 weights.py)"
done)
dpkg-query -W coreutils locales
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
has 'C.UTF-8 sort -u: 6 of 6'; has 'C.UTF-8 sort, uniq -c: 2 王𠮷 1 王𡈽 '; has 'C.UTF-8 comm -12: '
for locale in zh_CN zh_TW en_US; do
	has "$locale.UTF-8 sort, uniq -c: 1 王𠮷 1 王𡈽 1 王𠮷 "
	grep -q "^$locale.UTF-8 comm -12: 王" <<<"$out" || changed "comm tells the two apart in $locale"
done
has 'zh_CN.UTF-8 sort -u: 4 of 6'; has 'zh_CN.UTF-8 equal: basic 544 A 1567 B 42720 C-F 17633 '
for locale in zh_TW en_US; do
	has "$locale.UTF-8 sort -u: 3 of 6"; has "$locale.UTF-8 equal: basic 90 A 6592 B 42720 C-F 17633 "
done
