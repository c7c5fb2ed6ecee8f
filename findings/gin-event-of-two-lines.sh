#!/usr/bin/env bash
# gin's server-sent events write a form's line ends as the two letters \r and eat the first blank of each line
#
# Versions: github.com/gin-gonic/gin v1.12.0 (with gin-contrib/sse v1.1.0), Debian 12's chromium, npm playwright-core
#   1.65.1 to drive it, npm eventsource 4.1.1.
# Why it matters: a reviewer writes a reason of two lines into a form, and the person on the other side sees it at once.
#   A browser sends a form's lines with CR LF, whatever the reviewer's system.
# Guess: c.SSEvent("reason", text) with a string gives that string at the other end; the standard has a "data:" for each
#   line, and gin does that.
# Seen: "Photo blurred." and "  Page 2 is missing." below it. At the end of the first line stand a backslash and an r,
#   for the person to read; the second line has one blank less. gin turns CR into the two characters \r, and writes
#   "data:" without the blank after it that every reader takes off, so that a text's own blank goes. With "\n" from a
#   program and no blank at a line's beginning all is right, and a struct or map is written as JSON, which is right too:
#   tests with texts of one line or with objects are green.
# Source: HTML Living Standard, 9.2.6 (CR, LF and CRLF end a line; one blank after the colon is removed); run here.
# What to do: send JSON, never a bare string; a text of two lines from a real form among the tests, read by a browser.
set -euo pipefail
changed() { echo "gin-event-of-two-lines: changed: $*" >&2; exit 1; }
dpkg -s chromium >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install chromium >/dev/null
dir=$(mktemp -d); server=
stop() { [ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$dir"; }
trap stop EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund playwright-core@1.65.1 eventsource@4.1.1
cat >go.mod <<'MOD'
module finding
go 1.26.0
require (
	github.com/gin-contrib/sse v1.1.0
	github.com/gin-gonic/gin v1.12.0
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"
)

const page = `<!doctype html><form method="post" action="/form"><textarea name="reason"></textarea></form>`

func main() {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.GET("/", func(c *gin.Context) { c.Data(http.StatusOK, "text/html", []byte(page)) })
	reason := make(chan string, 1)
	router.POST("/form", func(c *gin.Context) {
		reason <- c.PostForm("reason")
		c.Data(http.StatusOK, "text/html", []byte(page))
	})
	router.GET("/events", func(c *gin.Context) {
		text := <-reason
		c.SSEvent("text", text)
		c.SSEvent("object", gin.H{"reason": text})
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	panic(router.RunListener(l))
}
GO
cat >read.mjs <<'JS'
import {EventSource as NodeSource} from 'eventsource';
import {chromium} from 'playwright-core';
const address = 'http://' + process.argv[2];
const read = (Source, url) => new Promise((done) => {
  const source = new Source(url);
  let text;
  source.addEventListener('text', (event) => { text = event.data; });
  source.addEventListener('object', (event) => { source.close(); done([text, JSON.parse(event.data).reason]); });
});
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
const form = await browser.newPage();
const page = await browser.newPage();
await page.goto(address);
for (const written of ['Photo blurred.\n  Page 2 is missing.', ' Photo blurred.', 'Photo blurred.']) {
  for (const reader of ['Chromium', 'eventsource']) {
    await form.goto(address);
    await form.fill('textarea', written);
    await Promise.all([form.waitForURL('**/form'), form.evaluate(() => document.forms[0].submit())]);
    const got = await (reader === 'Chromium' ?
      page.evaluate(`(${read})(EventSource, '/events')`) : read(NodeSource, address + '/events'));
    console.log(`${reader}, ${JSON.stringify(written)}: ${got.map((text) => JSON.stringify(text)).join()}`);
  }
}
await browser.close();
JS
nice go build -o serve . 2>build.log || { cat build.log >&2; exit 1; }
mkfifo port
./serve >port & server=$!
read -r address <port
out=$(nice timeout 200 node read.mjs "$address")
echo "gin v1.12.0, gin-contrib/sse v1.1.0, $(dpkg-query -W chromium | tr '\t' ' '), eventsource 4.1.1"
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
wrong='"Photo blurred.\\r\n Page 2 is missing."' right='"Photo blurred.\r\n  Page 2 is missing."'
for reader in Chromium eventsource; do
	has "$reader, "'"Photo blurred.\n  Page 2 is missing.": '"$wrong,$right"
	has "$reader, "'" Photo blurred.": "Photo blurred."," Photo blurred."'
	has "$reader, "'"Photo blurred.": "Photo blurred.","Photo blurred."'
done
