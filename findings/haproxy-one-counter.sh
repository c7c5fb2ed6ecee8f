#!/usr/bin/env bash
# HAProxy counts all signed-in people as one: a limit by the bearer token compares the token's first 24 characters
#
# Versions: Debian 12's haproxy 2.6.12 and curl, openssl 3.0 to sign the tokens.
# Why it matters: attempts are limited in front of the server, by address for strangers and by token for those signed
#   in, since whole offices share an address. The limit is tried out by one person, who meets it after the right number.
# Guess: track-sc0 req.hdr(authorization) into a table of type string counts for each value; a key that is too long is
#   refused or warned of.
# Seen: a table's string keys have 32 bytes unless len says more, and what is longer is cut in silence: "Bearer " and 24
#   characters. A JWT begins with its header, {"alg":"ES256","typ":"JWT"}, which is the same in all tokens of an issuer
#   and longer than that. Of two people with a limit of three, the second one is refused at the first request, with 429,
#   because the first had used it up. haproxy -c says that the file is valid, without a warning. With opaque tokens, or
#   a test's "Bearer alice", each has a counter, so that the fault comes with the change to JWT.
# Source: HAProxy's manual under stick-table ("string … 32 by default", truncated); run here.
# What to do: req.hdr(authorization),sha2(256) into type binary len 32 (the script shows that it works), which also
#   keeps tokens out of "show table"; a test of each limit with two people.
set -euo pipefail
changed() { echo "haproxy-one-counter: changed: $*" >&2; exit 1; }
for p in haproxy curl openssl; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); cd "$dir"
stop() { [ ! -f pid ] || kill "$(cat pid)" 2>/dev/null || true; rm -rf "$dir"; }
trap stop EXIT
cat >haproxy.cfg <<'CFG'
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 10s
CFG
limit() { cat >>haproxy.cfg <<CFG
frontend $1
  bind unix@$dir/$1
  stick-table $2 size 10k expire 5m store http_req_cnt
  http-request track-sc0 req.hdr(authorization)$3
  http-request deny deny_status 429 if { sc0_http_req_cnt gt 3 }
  http-request return status 200
CFG
}
limit plain 'type string' ''
limit long 'type string len 1024' ''
limit hashed 'type binary len 32' ',sha2(256)'
openssl ecparam -name prime256v1 -genkey -noout -out key.pem
part() { openssl base64 -A | tr '+/' '-_' | tr -d =; }
# A token for the person $1; its signature in DER, which nobody looks at here.
token() {
	local body
	body=$(printf '{"alg":"ES256","typ":"JWT"}' | part).$(printf '{"iss":"https://id.example","sub":"%s"}' "$1" | part)
	echo "$body.$(printf '%s' "$body" | openssl dgst -sha256 -sign key.pem | part)"
}
check=$(haproxy -c -f haproxy.cfg 2>&1)
haproxy -D -f haproxy.cfg -p pid
ask() { curl -s -o answer -w '%{http_code}' --unix-socket "$1" -H "Authorization: Bearer $2" http://id.example/; }
one=$(token 7001) two=$(token 7002)
out=$(for front in plain long hashed; do
	echo "$front: one $(for _ in 1 2 3 4; do printf '%s ' "$(ask $front "$one")"; done)two $(ask $front "$two")"
done; echo "plain, no JWT: alice $(for _ in 1 2 3 4; do printf '%s ' "$(ask plain alice)"; done)bob $(ask plain bob)")
haproxy -v | sed -n 1p
echo "haproxy -c: $check"
echo "$out"
[ "$check" = 'Configuration file is valid' ] || changed "haproxy -c warns"
has() { grep -qxF "$1" <<<"$out" || changed "no line '$1'"; }
has 'plain: one 200 200 200 429 two 429'
has 'long: one 200 200 200 429 two 200'
has 'hashed: one 200 200 200 429 two 200'
has 'plain, no JWT: alice 200 200 200 429 bob 200'
