#!/usr/bin/env bash
# EventSource comes back after a restart of the server, and behind nginx or HAProxy it gives up for good
#
# Versions: Debian 12's chromium, nginx 1.22.1 and haproxy 2.6.12, npm playwright-core 1.65.1 to drive chromium.
# Why it matters: the PC shows live what happens on the phone, on a page that stays open for hours. The server is
#   updated meanwhile, which takes some seconds.
# Guess: reconnecting is what EventSource has over fetch: whatever ends the stream, it tries again after its "retry".
# Seen: the server stops in the middle of a stream and starts again two seconds later. Connected to it directly,
#   Chromium is refused a few times, and then has the stream again: a refused connection is to be tried again. Behind
#   nginx the first try meets an answer, 502, behind HAProxy 503, and any status but 200 ends the EventSource:
#   readyState is 2, there is no further request, and the page stays as it was until somebody loads it anew. onerror is
#   called in both cases, with nothing in it that tells them apart. So every page that was open at an update is silent,
#   in production alone.
# Source: HTML Living Standard, 9.2.3 (a status other than 200 fails the connection, a network error is reestablished);
#   run here.
# What to do: in onerror look at readyState, and make a new EventSource after a pause when it is CLOSED; a test that
#   restarts the server behind the proxy that is shipped.
set -euo pipefail
changed() { echo "events-end-behind-proxy: changed: $*" >&2; exit 1; }
for p in chromium nginx haproxy; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); cd "$dir"
stop() { for pid in nginx.pid haproxy.pid; do [ ! -f $pid ] || kill "$(cat $pid)" 2>/dev/null || true; done; rm -rf "$dir"; }
trap stop EXIT
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund playwright-core@1.65.1
cat >ports.mjs <<'JS'
import net from 'net';
const servers = [1, 2, 3].map(() => net.createServer().listen(0, '127.0.0.1'));
await Promise.all(servers.map(server => new Promise(done => server.once('listening', done))));
console.log(servers.map(server => server.address().port).join(' '));
servers.forEach(server => server.close());
JS
read -r direct nginx haproxy < <(node ports.mjs)
cat >nginx.conf <<CONF
pid $dir/nginx.pid;
error_log $dir/nginx.log;
events {}
http {
  access_log off;
  client_body_temp_path $dir/body; proxy_temp_path $dir/proxy; fastcgi_temp_path $dir/fastcgi; uwsgi_temp_path $dir/uwsgi;
  scgi_temp_path $dir/scgi;
  server { listen 127.0.0.1:$nginx; location / { proxy_pass http://127.0.0.1:$direct; proxy_buffering off; } }
}
CONF
cat >haproxy.cfg <<CONF
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 1s
listen front
  bind 127.0.0.1:$haproxy
  server one 127.0.0.1:$direct
CONF
nginx -p "$dir" -c nginx.conf 2>/dev/null
haproxy -D -f haproxy.cfg -p haproxy.pid
cat >watch.mjs <<'JS'
import http from 'http';
import {chromium} from 'playwright-core';
const [direct, nginx, haproxy] = process.argv.slice(2);
const start = () => new Promise(done => {
  const server = http.createServer((question, answer) => {
    answer.setHeader('content-type', question.url === '/events' ? 'text/event-stream' : 'text/html');
    question.url === '/events' ? answer.write('retry: 300\ndata: here\n\n') : answer.end('<p>');
  }).listen(direct, '127.0.0.1', () => done(server));
});
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
for (const [name, port] of Object.entries({direct, nginx, haproxy})) {
  let server = await start();
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.evaluate(() => new Promise(done => {
    window.seen = {messages: 0, errors: 0};
    window.source = new EventSource('/events');
    source.onmessage = () => { seen.messages++; done(); };
    source.onerror = () => seen.errors++;
  }));
  server.closeAllConnections();
  await new Promise(done => server.close(done));
  await page.waitForFunction(() => seen.errors >= 2);
  server = await start();
  const back = await page.waitForFunction(() => seen.messages > 1, null, {timeout: 6000}).then(() => 'back', () => 'silent');
  console.log(`${name}: ${back}, readyState ${await page.evaluate(() => source.readyState)}`);
  await page.close();
  server.closeAllConnections();
  await new Promise(done => server.close(done));
}
await browser.close();
JS
out=$(nice timeout 120 node watch.mjs "$direct" "$nginx" "$haproxy")
dpkg-query -W chromium nginx haproxy | tr '\t\n' '  '; echo
echo "$out"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
has 'direct: back, readyState 1'; has 'nginx: silent, readyState 2'; has 'haproxy: silent, readyState 2'
