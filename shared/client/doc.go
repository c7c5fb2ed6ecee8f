// Package client is how both apps talk to the backend: one typed method for
// every call of the API, a Watch that follows a case live, and TLS that is
// pinned to the server's key.
//
// A Client makes the calls that need no token. Account (a PC that is signed
// in) and Phone (a phone that claimed a hand-off) carry one kind of token
// each, so that the compiler stops a mix-up.
//
// A call fails with one of these, to be told apart by errors.As:
//
//   - *problem.Problem: the server refused, and its code says why
//   - *UnreachableError: no answer of the backend came. A *ForeignError inside
//     says what answered in its place, a *CertificateError why its certificate is
//     refused; else nothing is known of the call
//   - *KeyUnknownError, *KeyChangedError: the server's own key is not one that the
//     person has confirmed; nothing was sent
//
// It keeps nothing on disk and decides nothing.
package client
