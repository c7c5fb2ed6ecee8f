// Package issuer asks OpenID providers who a person is: it signs people in with
// the accounts of a company, and links the sites that have verified them. An
// issuer is a provider that we ask; who asks us is another package's matter.
//
// One way to an issuer and back:
//
//  1. The desktop listens on a loopback address of its own (RFC 8252) and calls
//     BeginSignIn or BeginLink with it. An Attempt is stored: state, nonce and
//     PKCE verifier, sealed, for ten minutes and one use.
//  2. The person answers at the issuer, in the browser of that PC.
//  3. The issuer sends the code to the desktop's listener, and the desktop hands
//     it to SignIn or Link. The code never reaches a page of ours, so an address
//     that an attacker sends to a victim ends at the victim's PC, where nobody
//     listens.
//
// The provider's answer is checked by go-oidc (signature, issuer, audience) and
// here (see checkTimes and checkParty): it gives no leeway to exp, never looks at
// iat or azp, and takes several audiences.
//
// Whoever cannot be asked is ErrUnavailable and takes only itself away; whoever
// answers wrongly is a *RefusedError, and nothing is changed.
package issuer
