#!/usr/bin/env bash
# https://实名.中国 as a trusted origin is taken by net/http, two CORS libraries and webauthn, and matches no browser
#
# Versions: Go 1.26 (net/http), github.com/rs/cors v1.11.1, github.com/gin-contrib/cors v1.7.6,
#   github.com/go-webauthn/webauthn v0.15.0; Debian 12's chromium, npm playwright-core 1.65.1 to drive it.
# Why it matters: 中国 is a top-level domain, and Chinese companies own names under it. Who sets the server up copies the
#   address from the browser, which shows it in Chinese, and types 。 for the dot as soon as the input method is on.
# Guess: a list of origins is parsed when it is set, into the form that browsers send, or refused there.
# Seen: Chromium resolves both spellings and sends Origin: http://xn--… in ASCII. AddTrustedOrigin returns nil for the
#   Chinese name, for the one with 。, and for the ASCII one with :443, and Check refuses the browser's request each
#   time; rs/cors and gin-contrib/cors take them and answer without Access-Control-Allow-Origin; webauthn.New has no
#   error for them in RPID and RPOrigins. Only the ASCII name without the port matches.
# Source: Fetch Standard (Origin is the ASCII serialization), Go's CrossOriginProtection (compared as it is); run here.
# What to do: bring each origin that is set to its ASCII form (idna.Lookup.ToASCII of golang.org/x/net, no default port)
#   before it is handed on, or refuse it with the form that is wanted; a test with an origin in Chinese.
set -euo pipefail
changed() { echo "origin-in-chinese: changed: $*" >&2; exit 1; }
dpkg -s chromium >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install chromium >/dev/null
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund playwright-core@1.65.1
cat >origin.mjs <<'JS'
import http from 'http';
import {chromium} from 'playwright-core';
let sent;
const server = http.createServer((question, answer) => {
  if (question.method === 'POST') sent = question.headers.origin;
  answer.setHeader('content-type', 'text/html');
  answer.end('<form method="post"></form>');
});
await new Promise(done => server.listen(0, '127.0.0.1', done));
const {port} = server.address();
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox',
  '--host-resolver-rules=MAP * 127.0.0.1']});
const page = await browser.newPage();
for (const name of ['实名.中国', '实名。中国']) {
  await page.goto(`http://${name}:${port}/`);
  await Promise.all([page.waitForNavigation(), page.evaluate(() => document.forms[0].submit())]);
  console.log(sent.replace(`:${port}`, ''));
}
await browser.close();
server.close();
JS
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/gin-contrib/cors v1.7.6
	github.com/go-webauthn/webauthn v0.15.0
	github.com/rs/cors v1.11.1
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"

	gincors "github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/rs/cors"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	sent := os.Args[1]
	for _, set := range []string{"https://实名.中国", "https://实名。中国", sent + ":443", sent} {
		question := httptest.NewRequest(http.MethodPost, "https://api.example/", nil)
		question.Header.Set("Origin", sent)
		question.Header.Set("Sec-Fetch-Site", "cross-site")
		answered := func(h http.Handler) string {
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, question)
			return fmt.Sprint(answer.Header().Get("Access-Control-Allow-Origin") == sent)
		}
		protection := http.NewCrossOriginProtection()
		err := protection.AddTrustedOrigin(set)
		fmt.Printf("%s: net/http %v %v", set, err, protection.Check(question) == nil)
		plain := cors.New(cors.Options{AllowedOrigins: []string{set}})
		fmt.Print(", rs/cors ", answered(plain.Handler(http.NotFoundHandler())))
		engine := gin.New()
		engine.Use(gincors.New(gincors.Config{AllowOrigins: []string{set}, AllowMethods: []string{"POST"}}))
		fmt.Print(", gin-contrib/cors ", answered(engine))
		address, _ := url.Parse(set)
		_, err = webauthn.New(&webauthn.Config{RPDisplayName: "x", RPID: address.Hostname(), RPOrigins: []string{set}})
		fmt.Println(", webauthn", err)
	}
}
GO
sent=$(nice node origin.mjs)
out=$(nice go run . https://xn--eqrx9o.xn--fiqs8s)
echo "$(go version), $(dpkg-query -W chromium), rs/cors v1.11.1, gin-contrib/cors v1.7.6, webauthn v0.15.0"
echo "$sent"
echo "$out"
[ "$sent" = "$(printf 'http://xn--eqrx9o.xn--fiqs8s\n%.0s' 1 2)" ] || changed "Chromium sends another origin"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
for set in https://实名.中国 https://实名。中国 https://xn--eqrx9o.xn--fiqs8s:443; do
	has "$set: net/http <nil> false, rs/cors false, gin-contrib/cors false, webauthn <nil>"
done
has 'https://xn--eqrx9o.xn--fiqs8s: net/http <nil> true, rs/cors true, gin-contrib/cors true, webauthn <nil>'
