#!/usr/bin/env bash
# The certificate of 李丽 of 单位 is "/O=SUOM/CN=gNN=" behind HAProxy, in good ASCII, and 李丽 to everybody else
#
# Versions: Debian 12's haproxy 2.6.12, nginx 1.22.1 and openssl 3.0; Go 1.26, Node 20.
# Why it matters: services and operators come with client certificates of Chinese authorities, and older
#   software of these writes names as BMPString. The proxy ends TLS and hands the name on in a header, where it becomes
#   an account or a line of the audit record.
# Guess: a name is a name whatever its string type; what cannot be told in a header is escaped, or empty.
# Seen: two certificates with the same name, one in UTF8String, one in BMPString (two bytes a character). openssl, Go
#   and Node give 李丽 for both. HAProxy's ssl_c_s_dn(CN) and ssl_c_s_dn in their plain form copy the bytes: 李 is 67 4E,
#   so "gN", and 丽 is "N=". Nothing is escaped since nothing looks strange. Also nginx's $ssl_client_s_dn_legacy.
#   HAProxy with the format rfc2253 and nginx's $ssl_client_s_dn are right about both, with \E6\9D\8E for 李, which the
#   reader has to take apart. With UTF8String, as openssl makes certificates for tests, all are right.
# Source: X.520's DirectoryString, RFC 5280 4.1.2.4 (BMPString may be kept); run here.
# What to do: ssl_c_s_dn(,0,rfc2253), or ssl_c_der and parse it oneself; know a client by the certificate's hash or its
#   key, never by its name; a certificate in BMPString among the tests of the proxy.
set -euo pipefail
changed() { echo "client-certificate-bmpstring: changed: $*" >&2; exit 1; }
for p in haproxy nginx curl openssl; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); chmod 755 "$dir"; pids=()
stop() { [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true; rm -rf "$dir"; }
trap stop EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${key[@]}" -keyout ca.key -out ca.crt -subj /CN=authority -days 30 2>/dev/null
cat ca.crt ca.key >server.pem
certificate() { # name, mask
	printf '[req]\ndistinguished_name=dn\nprompt=no\nutf8=yes\nstring_mask=%s\n[dn]\nO=单位\nCN=李丽\n' "$2" >"$1.conf"
	openssl req -new -config "$1.conf" "${key[@]}" -keyout "$1.key" -out "$1.csr" 2>/dev/null
	openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" 2>/dev/null
}
certificate utf8 utf8only
certificate bmp MASK:0x800
names='%[ssl_c_s_dn(CN)] %[ssl_c_s_dn] %[ssl_c_s_dn(,0,rfc2253)]'
cat >haproxy.cfg <<CFG
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend names
  bind unix@$dir/haproxy.sock ssl crt $dir/server.pem ca-file $dir/ca.crt verify required
  http-request return status 200 content-type text/plain lf-string "$names"
CFG
cat >nginx.conf <<CFG
pid $dir/nginx.pid;
error_log $dir/nginx.log;
daemon off;
events {}
http {
  access_log off;
  client_body_temp_path $dir/body; proxy_temp_path $dir/proxy; fastcgi_temp_path $dir/fastcgi;
  uwsgi_temp_path $dir/uwsgi; scgi_temp_path $dir/scgi;
  server {
    listen unix:$dir/nginx.sock ssl;
    ssl_certificate server.pem; ssl_certificate_key server.pem;
    ssl_client_certificate ca.crt; ssl_verify_client on;
    location / { return 200 "\$ssl_client_s_dn \$ssl_client_s_dn_legacy"; }
  }
}
CFG
haproxy -f haproxy.cfg >haproxy.log 2>&1 & pids+=($!)
nginx -e nginx.log -c "$dir/nginx.conf" & pids+=($!)
cat >go.mod <<'MOD'
module finding
go 1.26.0
MOD
cat >main.go <<'GO'
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		panic(err)
	}
	fmt.Print(c.Subject.CommonName)
}
GO
nice go build -o subject .
ask() { # proxy, certificate
	curl -sk --retry 20 --retry-delay 1 --retry-all-errors --unix-socket "$1.sock" --cert "$2.crt" --key "$2.key" \
		https://localhost/
}
echo "$(dpkg-query -W haproxy nginx openssl | tr '\t\n' '  '); $(go version); Node $(node --version)"
check() { # what, got, want
	echo "$1: $2"
	[ "$2" = "$3" ] || changed "$1"
}
escaped='CN=\E6\9D\8E\E4\B8\BD,O=\E5\8D\95\E4\BD\8D'
for kind in utf8 bmp; do
	check "$kind, openssl" "$(openssl x509 -in $kind.crt -noout -subject -nameopt utf8)" 'subject=O=单位, CN=李丽'
	check "$kind, Go" "$(./subject $kind.crt)" 李丽
	node=$(node -p 'new crypto.X509Certificate(fs.readFileSync(process.argv[1])).toLegacyObject().subject.CN' $kind.crt)
	check "$kind, Node" "$node" 李丽
done
check 'utf8, HAProxy' "$(ask haproxy utf8)" "李丽 /O=单位/CN=李丽 $escaped"
check 'bmp, HAProxy' "$(ask haproxy bmp)" "gNN= /O=SUOM/CN=gNN= $escaped"
check 'utf8, nginx' "$(ask nginx utf8)" "$escaped /O=\\xE5\\x8D\\x95\\xE4\\xBD\\x8D/CN=\\xE6\\x9D\\x8E\\xE4\\xB8\\xBD"
check 'bmp, nginx' "$(ask nginx bmp)" "$escaped /O=SUOM/CN=gNN="
