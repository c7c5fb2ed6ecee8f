#!/usr/bin/env bash
# Go's oauth2 starts the device grant without the client's secret: a confidential client never gets a code
#
# Versions: golang.org/x/oauth2 v0.38.0 (Go 1.26), npm oidc-provider 9.13.3.
# Why it matters: Config.DeviceAuth and Config.DeviceAccessToken are how a Go program offers "scan this with your phone";
#   ClientSecret and Endpoint.AuthStyle of the same Config authenticate every other call.
# Guess: RFC 8628 section 3.1 says that the client authentication of RFC 6749 section 3.2.1 applies to the device
#   authorization endpoint too, so DeviceAuth sends what Exchange sends.
# Seen: DeviceAuth posts client_id and scope alone, whatever AuthStyle is. A provider that follows the RFC answers
#   invalid_client; the same request with HTTP Basic is answered with a code, and DeviceAccessToken, which does
#   authenticate, then polls as it should. A client without a secret works, so an example that was written with one
#   fails once it is given a secret.
# Source: RFC 8628 sections 3.1 and 3.4; run here.
# What to do: ask the device authorization endpoint oneself, with the client's authentication, and hand the answer to
#   DeviceAccessToken; or pass client_secret as an option (oauth2.SetAuthURLParam), where the provider takes
#   client_secret_post.
set -euo pipefail
changed() { echo "oauth2-device-without-secret: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true,"type":"module"}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund oidc-provider@9.13.3
cat >issuer.mjs <<'JS'
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
const grants = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'];
const server = createServer().listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const client = { grant_types: grants, redirect_uris: [], response_types: [] };
  server.on('request', new Provider(issuer, {
    clients: [
      { ...client, client_id: 'confidential', client_secret: 'secret', token_endpoint_auth_method: 'client_secret_basic' },
      { ...client, client_id: 'public', token_endpoint_auth_method: 'none' },
    ],
    features: { deviceFlow: { enabled: true } },
  }).callback());
  console.log(issuer);
});
JS
node issuer.mjs >issuer.txt 2>issuer.log & server=$!
for _ in $(seq 100); do [ -s issuer.txt ] && break; sleep 0.1; done
[ -s issuer.txt ] || changed "oidc-provider did not start: $(cat issuer.log)"
cat >go.mod <<'MOD'
module finding
go 1.26.0
require golang.org/x/oauth2 v0.38.0
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/oauth2"
)

func main() {
	issuer := os.Args[1]
	for _, c := range []oauth2.Config{
		{ClientID: "confidential", ClientSecret: "secret"},
		{ClientID: "public"},
	} {
		c.Endpoint = oauth2.Endpoint{
			DeviceAuthURL: issuer + "/device/auth", TokenURL: issuer + "/token", AuthStyle: oauth2.AuthStyleInHeader,
		}
		if c.ClientSecret == "" {
			c.Endpoint.AuthStyle = oauth2.AuthStyleInParams
		}
		c.Scopes = []string{"openid"}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		code, err := c.DeviceAuth(ctx)
		var refused *oauth2.RetrieveError
		switch {
		case errors.As(err, &refused):
			fmt.Println(c.ClientID, refused.ErrorCode)
		case err != nil:
			fmt.Println(c.ClientID, err)
		default:
			fmt.Println(c.ClientID, "code", code.UserCode != "")
		}
	}
}
GO
nice go mod tidy >/dev/null 2>&1
issuer=$(cat issuer.txt)
got=$(go run . "$issuer")
echo "$got"
[ "$got" = $'confidential invalid_client\npublic code true' ] || changed "DeviceAuth: $got"
byhand=$(curl -s -u confidential:secret -d client_id=confidential -d scope=openid "$issuer/device/auth")
case $byhand in
*user_code*) echo "by HTTP Basic: a code" ;;
*) changed "by HTTP Basic: $byhand" ;;
esac
