// A service that relies on Realname with openid-client 6: node openid-client.mjs MODULES ISSUER REDIRECT.
// It prints the JWK set of its key, reads its client_id and secret (an empty one: it signs with the key), prints
// where the person has to go, reads the address they came back with, and prints what it learned.
import {createRequire} from 'node:module';
import {createInterface} from 'node:readline';
const [modules, issuer, redirect_uri] = process.argv.slice(2);
const require = createRequire(modules + '/');
const oidc = await import(require.resolve('openid-client'));
const {exportJWK, generateKeyPair} = await import(require.resolve('jose'));
const lines = createInterface({input: process.stdin})[Symbol.asyncIterator]();
const read = async () => (await lines.next()).value;
const say = (value) => console.log(typeof value === 'string' ? value : JSON.stringify(value));

const {publicKey, privateKey} = await generateKeyPair('ES256');
say({keys: [{...await exportJWK(publicKey), kid: 'k', use: 'sig', alg: 'ES256'}]});
const id = await read(), secret = await read();
const auth = secret ? oidc.ClientSecretBasic(secret) : oidc.PrivateKeyJwt({key: privateKey, kid: 'k'});
const config = await oidc.discovery(new URL(issuer), id, undefined, auth, {execute: [oidc.allowInsecureRequests]});
const verifier = oidc.randomPKCECodeVerifier(), state = oidc.randomState(), nonce = oidc.randomNonce();
const number = {verification: {trust_framework: null, evidence: [{type: {value: 'document'}, document_details: {document_number: null}}]}, claims: {name: null}};
say(oidc.buildAuthorizationUrl(config, {
  redirect_uri, scope: 'openid realname offline_access', state, nonce,
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  claims: JSON.stringify({userinfo: {verified_claims: number}, id_token: {verified_claims: number}}),
}).href);
const tokens = await oidc.authorizationCodeGrant(config, new URL(await read()),
  {pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true});
const claims = tokens.claims();
const info = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
const own = await oidc.clientCredentialsGrant(config, {scope: 'status'});
const asked = await oidc.fetchProtectedResource(config, own.access_token, new URL(issuer + '/v1/service/people/' + claims.sub), 'GET');
await oidc.tokenRevocation(config, renewed.refresh_token);
const revoked = await oidc.refreshTokenGrant(config, renewed.refresh_token).then(() => 'taken', (e) => e.error);
say({iss: config.serverMetadata().issuer, claims, info, renewed: renewed.claims()?.sub === claims.sub, status: await asked.json(), revoked});
process.exit(0);
