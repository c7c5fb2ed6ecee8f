#!/usr/bin/env bash
# openid-client 6 cannot sign in by private_key_jwt at a provider made of fosite
#
# Versions: npm openid-client 6.9.0 and jose 6.1.0, github.com/ory/fosite v0.49.0.
# Why it matters: both are at hand, one as a provider's core in Go, one as the relying party that services use in Node,
#   and private_key_jwt is what is recommended to them.
# Guess: OpenID Connect Core 9 and RFC 7523 define the assertion; two certified or widely used implementations agree.
# Seen: openid-client signs aud = the issuer, as the correction of 2025 to these standards asks; fosite demands the
#   token endpoint's address and answers invalid_client "Claim 'audience' … must match the authorization server's token
#   endpoint". So the fault appears with the first service that keeps no shared secret.
#   openid-client's modifyAssertion with the token endpoint, alone or beside the issuer, is accepted.
# Source: RFC 7523 section 3 and its revision (rfc7523bis: the issuer as the sole audience); run here.
# What to do: as provider, accept the issuer too (fosite: a configuration whose GetTokenURLs has it) and test with
#   openid-client as it is; do not ask services to loosen their assertion.
set -euo pipefail
changed() { echo "fosite-openid-client-audience: changed: $*" >&2; exit 1; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund openid-client@6.9.0 jose@6.1.0
cat >go.mod <<'MOD'
module finding
go 1.26.0
require github.com/ory/fosite v0.49.0
MOD
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/go-jose/go-jose/v3"
	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/storage"
)

func main() {
	raw, err := os.ReadFile("jwks.json")
	if err != nil {
		panic(err)
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(raw, &keys); err != nil {
		panic(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	issuer := "http://" + l.Addr().String()
	store := storage.NewMemoryStore()
	store.Clients["service"] = &fosite.DefaultOpenIDConnectClient{
		DefaultClient: &fosite.DefaultClient{
			ID: "service", GrantTypes: []string{"client_credentials"}, Scopes: []string{"status"},
		},
		TokenEndpointAuthMethod:           "private_key_jwt",
		TokenEndpointAuthSigningAlgorithm: "ES256",
		JSONWebKeys:                       &keys,
	}
	config := &fosite.Config{
		GlobalSecret: []byte("an example's secret of 32 bytes."), TokenURL: issuer + "/token", AccessTokenLifespan: time.Hour,
	}
	provider := compose.Compose(config, store, compose.NewOAuth2HMACStrategy(config),
		compose.OAuth2ClientCredentialsGrantFactory)
	http.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token",
			"jwks_uri": issuer + "/jwks", "token_endpoint_auth_methods_supported": []string{"private_key_jwt"},
		})
	})
	http.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		request, err := provider.NewAccessRequest(r.Context(), r, new(fosite.DefaultSession))
		if err != nil {
			provider.WriteAccessError(r.Context(), w, request, err)
			return
		}
		response, err := provider.NewAccessResponse(r.Context(), request)
		if err != nil {
			provider.WriteAccessError(r.Context(), w, request, err)
			return
		}
		provider.WriteAccessResponse(r.Context(), w, request, response)
	})
	fmt.Println(issuer)
	panic(http.Serve(l, nil))
}
GO
cat >client.mjs <<'JS'
import {spawn} from 'child_process';
import fs from 'fs';
import {exportJWK, generateKeyPair} from 'jose';
import * as oidc from 'openid-client';
const {publicKey, privateKey} = await generateKeyPair('ES256');
fs.writeFileSync('jwks.json', JSON.stringify({keys: [{...await exportJWK(publicKey), kid: 'k', use: 'sig', alg: 'ES256'}]}));
const provider = spawn('./provider', {stdio: ['ignore', 'pipe', 'inherit']});
const issuer = await new Promise((done) => provider.stdout.once('data', (line) => done(String(line).trim())));
const audiences = {'as it is': undefined, 'token endpoint': issuer + '/token', both: [issuer, issuer + '/token']};
for (const [name, aud] of Object.entries(audiences)) {
  const change = aud ? {[oidc.modifyAssertion]: (_, claims) => { claims.aud = aud; }} : {};
  const signed = oidc.PrivateKeyJwt({key: privateKey, kid: 'k'}, change);
  try {
    const config = await oidc.discovery(new URL(issuer), 'service', undefined, signed, {execute: [oidc.allowInsecureRequests]});
    console.log(name + ': ' + (await oidc.clientCredentialsGrant(config, {scope: 'status'})).token_type);
  } catch (e) {
    console.log(name + ': ' + e.error + ' ' + e.error_description);
  }
}
provider.kill();
JS
nice go build -o provider . 2>build.log || { cat build.log >&2; exit 1; }
out=$(node client.mjs)
echo "openid-client 6.9.0, fosite v0.49.0, Node $(node --version)"
echo "$out"
grep -q "^as it is: invalid_client .*audience.*token endpoint" <<<"$out" || changed "the assertion is accepted as it is"
grep -qx "token endpoint: bearer" <<<"$out" || changed "the token endpoint as audience is refused"
grep -qx "both: bearer" <<<"$out" || changed "both as audience are refused"
