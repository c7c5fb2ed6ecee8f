// An issuer made of npm's oidc-provider, for the tests of docs/connect.md: an account whose identity is verified
// (OpenID Connect for Identity Assurance), its own pages for sign-in and consent, on a port of loopback that the
// first line of standard output names. It ends with its standard input.
//
// node oidc-provider.mjs FOLDER-OF-NODE_MODULES CLIENT-SECRET
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const [modules, secret] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`));

const verified = () => ({
  verification: {
    trust_framework: 'cn_real_name',
    time: new Date(Date.now() - 86400e3).toISOString(),
    evidence: [{ type: 'document', document_details: { type: 'idcard', document_number: '110100199003070111' } }],
  },
  claims: { name: '张伟' },
});

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'realname',
      client_secret: secret,
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1/callback', 'http://[::1]/callback'],
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
    }],
    claims: { openid: ['sub', 'preferred_username'], verified_claims: null },
    features: {
      claimsParameter: { enabled: true },
      revocation: { enabled: true },
      deviceFlow: { enabled: true },
      devInteractions: { enabled: true },
    },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, ...(id === 'nobody' ? {} : { verified_claims: verified() }) }),
    }),
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.resume().on('end', () => process.exit(0));
