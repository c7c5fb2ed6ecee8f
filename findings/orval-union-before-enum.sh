#!/usr/bin/env bash
# orval's client of a valid document does not compile, or does, by the order in which its schemas stand
#
# Versions: orval 7.13.2, TypeScript 5.9.3, Node 20.
# Why it matters: an audit trail has events of two closed lists, and "anyOf" of both says so. A document that is made
#   from types lists its schemas by name, so whether integrators can build their client hangs on what a list is called.
# Guess: the order of schemas means nothing; a generator that takes the document without a word makes code that
#   compiles, whichever way round.
# Seen: for anyOf of two enums orval writes a constant that spreads both, where the schema that uses it stands. Behind
#   the enums it compiles; before them TypeScript refuses it (TS2448, used before its declaration), and where types are
#   stripped unchecked the module throws a ReferenceError as soon as it is loaded. orval ends with 0 both times.
# Source: run here.
# What to do: one closed list of its own for the union, which every generator takes; and compile what generators make,
#   since that they end with 0 says nothing.
set -euo pipefail
changed() { echo "orval-union-before-enum: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund --loglevel=error orval@7.13.2 typescript@5.9.3 >/dev/null
line='"Line":{"type":"object","required":["event"],"properties":{"event":{"anyOf":[{"$ref":"#/components/schemas/Act"},{"$ref":"#/components/schemas/Step"}]}}}'
enums='"Act":{"type":"string","enum":["opened"]},"Step":{"type":"string","enum":["begun","ended"]}'
document() { # SCHEMAS
	printf '{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"getA","responses":{"200":{"description":"OK","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Line"}}}}}}}},"components":{"schemas":{%s}}}' "$1"
}
document "$enums,$line" >behind.json
document "$line,$enums" >before.json
for name in behind before; do
	npx orval --input $name.json --output $name.ts --client fetch >$name.log 2>&1 || changed "orval refuses $name.json"
	if npx tsc --strict --noEmit --target es2022 --module esnext --moduleResolution bundler --lib es2022,dom $name.ts >$name.tsc; then compiles=yes; else compiles=no; fi
	npx tsc --noCheck --target es2022 --module esnext --moduleResolution bundler --outDir js $name.ts
	if node --input-type=module -e "await import('$dir/js/$name.js')" 2>$name.err; then loads=yes; else loads=no; fi
	echo "the union stands $name its enums: orval 0, compiles $compiles, loads $loads"
	if [ $name = behind ]; then want="yes yes"; else want="no no"; fi
	[ "$compiles $loads" = "$want" ] || changed "$name: compiles $compiles, loads $loads"
done
grep -q TS2448 before.tsc || changed "another error: $(cat before.tsc)"
grep -q 'before initialization' before.err || changed "another error: $(cat before.err)"
