#!/usr/bin/env bash
# One pattern for Chinese names in an OpenAPI document: right in Go, an error in ajv, the reverse in zod
#
# Versions: Go 1.26, github.com/getkin/kin-openapi v0.152.0, npm ajv 8.20.0, zod 4.6.7, Debian's Chromium.
# Why it matters: the server writes ^[\p{Han}·]{2,50}$ into its document, and clients check names with it before
#   they send anything, so a wrong refusal never reaches the server's log.
# Guess: \p{Han} is common; a language that spells it in another way raises an error when the schema is compiled.
# Seen: Go knows \p{Han} and refuses \p{Script=Han}; JavaScript the other way about, and only with the flag u. ajv
#   (flag u) refuses the schema. zod's fromJSONSchema compiles without the flag, where \p is a p: no error, 张三 is
#   refused, and "pHan" is taken. Chromium's <input pattern> drops the pattern it cannot compile with a line on the
#   console, and takes everything, "!!" included. No spelling with a script name is right in all.
# Source: ECMA-262 (Annex B, identity escapes), RE2 syntax, JSON Schema's advice on patterns; run here.
# What to do: in the document give code point ranges (or no pattern, a length and a problem code); test the published
#   pattern in both languages with real names.
set -euo pipefail
changed() { echo "han-in-a-pattern: changed: $*" >&2; exit 1; }
command -v chromium >/dev/null || apt-get -qq -y --no-install-recommends install chromium >/dev/null
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund ajv@8.20.0 zod@4.6.7
cat >go.mod <<'MOD'
module finding
go 1.26.0
require github.com/getkin/kin-openapi v0.152.0
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
)

func main() {
	for _, p := range []string{`^[\p{Han}·]{2,50}$`, `^[\p{Script=Han}·]{2,50}$`} {
		s := openapi3.NewStringSchema().WithPattern(p)
		for _, name := range []string{"张三", "pHan"} {
			fmt.Printf("go %s %s %t\n", p, name, s.VisitJSON(name) == nil)
		}
	}
}
GO
cat >check.js <<'JS'
const {default: Ajv} = require('ajv');
const z = require('zod');
for (const pattern of ['^[\\p{Han}·]{2,50}$', '^[\\p{Script=Han}·]{2,50}$']) {
  const schema = {type: 'string', pattern};
  let ajv;
  try { ajv = new Ajv().compile(schema); } catch { console.log('ajv', pattern, 'error'); }
  const zod = z.fromJSONSchema(schema);
  for (const name of ['张三', 'pHan']) {
    if (ajv) console.log('ajv', pattern, name, ajv(name));
    console.log('zod', pattern, name, zod.safeParse(name).success);
  }
}
JS
cat >page.html <<'HTML'
<!doctype html><meta charset=utf-8><input id=a pattern="[\p{Han}·]{2,50}" value="!!"><input id=b
pattern="[\p{Script=Han}·]{2,50}" value="!!"><script>document.body.append(
'chromium Han !! ' + a.checkValidity() + ' Script=Han !! ' + b.checkValidity())</script>
HTML
out=$(nice go run . && node check.js)
page=$(nice chromium --headless --no-sandbox --disable-gpu --user-data-dir="$dir/profile" --dump-dom "file://$dir/page.html" 2>/dev/null)
out+=$'\n'$(grep -oE 'chromium Han !! (true|false) Script=Han !! (true|false)' <<<"$page")
echo "$(go version), kin-openapi v0.152.0, ajv 8.20.0, zod 4.6.7, Node $(node --version), $(dpkg-query -W chromium | tr '\t' ' ')"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
has 'go ^[\p{Han}·]{2,50}$ 张三 true'
has 'go ^[\p{Script=Han}·]{2,50}$ 张三 false'
has 'ajv ^[\p{Han}·]{2,50}$ error'
has 'ajv ^[\p{Script=Han}·]{2,50}$ 张三 true'
has 'zod ^[\p{Han}·]{2,50}$ 张三 false'
has 'zod ^[\p{Han}·]{2,50}$ pHan true'
has 'zod ^[\p{Script=Han}·]{2,50}$ 张三 false'
has 'chromium Han !! true Script=Han !! false'
