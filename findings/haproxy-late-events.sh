#!/usr/bin/env bash
# HAProxy holds every server-sent event back for 200 ms
#
# Versions: Debian 12's haproxy 2.6.12, the Go standard library as server and client.
# Why it matters: the PC shows what the phone does, live, through a proxy. 200 ms on each step, and the two-digit
#   number that comes late, feel broken, and no log line, buffer setting or timeout explains them.
# Guess: HAProxy streams; where a response is chunked and flushed by the server, each event passes at once, and only
#   compression could hold it back.
# Seen: with the plainest configuration each event, the first one too, arrives 200 ms after it was flushed. HAProxy
#   tells the kernel that more will come (MSG_MORE) while a chunked message is open, and the kernel waits its 200 ms.
#   "option http-no-delay" brings it to about 0. "timeout" values, buffering headers and compression change nothing
#   about it. nginx with proxy_buffering off and Caddy do not wait.
#   On a Unix socket in front there is no wait either, so a test through one proves nothing.
# Source: HAProxy's manual under http-no-delay, which speaks of rare interactive uses; run here.
# What to do: option http-no-delay in the published haproxy configuration; a test that measures one event through it.
set -euo pipefail
changed() { echo "haproxy-late-events: changed: $*" >&2; exit 1; }
dpkg -s haproxy >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install haproxy >/dev/null
dir=$(mktemp -d); server=; pid=
stop() { kill ${server:+"$server"} ${pid:+"$pid"} 2>/dev/null || true; rm -rf "$dir"; }
trap stop EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

func events(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for range 5 {
		fmt.Fprintf(w, "data: %d\n\n", time.Now().UnixMicro())
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
}

// serve answers events on a free port of the loopback, which it prints.
func serve() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(l, http.HandlerFunc(events)))
}

// ports prints two free ports of the loopback.
func ports() {
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		defer l.Close()
		fmt.Print(l.Addr().(*net.TCPAddr).Port, " ")
	}
}

// measure prints the median lateness in ms of the events at each port.
func measure(ports []string) {
	for _, port := range ports {
		r, err := http.Get("http://127.0.0.1:" + port)
		if err != nil {
			panic(err)
		}
		var late []int64
		for in := bufio.NewScanner(r.Body); in.Scan(); {
			if sent, ok := strings.CutPrefix(in.Text(), "data: "); ok {
				at, _ := strconv.ParseInt(sent, 10, 64)
				late = append(late, (time.Now().UnixMicro()-at)/1000)
			}
		}
		r.Body.Close()
		slices.Sort(late)
		fmt.Print(late[len(late)/2], " ")
	}
}

func main() {
	if len(os.Args) == 1 {
		serve()
	}
	if os.Args[1] == "ports" {
		ports()
		return
	}
	measure(os.Args[1:])
}
GO
GOWORK=off nice go build -o events main.go
read -r a b <<<"$(./events ports)"
mkfifo port
./events >port & server=$!
read -r port <port
cat >haproxy.cfg <<CFG
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen plain
  bind 127.0.0.1:$a
  server s 127.0.0.1:$port
listen nodelay
  option http-no-delay
  bind 127.0.0.1:$b
  server s 127.0.0.1:$port
CFG
haproxy -db -f haproxy.cfg >haproxy.log 2>&1 & pid=$!
until : 2>/dev/null </dev/tcp/127.0.0.1/"$b"; do kill -0 "$pid"; sleep 0.1; done
read -r direct plain nodelay <<<"$(./events "$port" "$a" "$b")"
echo "$(dpkg-query -W haproxy | tr '\t' ' '), $(go version)"
echo "median lateness of an event: direct $direct ms, haproxy $plain ms, with http-no-delay $nodelay ms"
[ "$direct" -lt 100 ] || changed "this machine is too busy to tell"
[ "$plain" -ge 150 ] || changed "an event passes in $plain ms"
[ "$nodelay" -lt 120 ] || changed "http-no-delay does not help"
