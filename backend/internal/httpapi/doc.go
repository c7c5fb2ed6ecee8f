// Package httpapi serves the REST API, the event streams, the page behind a QR
// code, and the probes. app wires it; both apps speak to it through
// shared/client.
//
// A route is declared once, in routes.go, with what it takes, what it answers
// and who may call it; the same declaration makes the OpenAPI document and the
// check of the request, so that the two cannot drift. Each request passes, in
// this order:
//
//	request id, log, recovery, headers   middleware.go
//	who calls                            auth.go
//	the body, strictly                   decode.go
//	an answer that is kept already       idempotency.go
//	the handler: one call of a service   accounts.go, verifications.go, …
//	an error becomes a problem           problem.go, the one map
//
// The package decides nothing about verifications: it binds, calls and answers.
// gin is known here and nowhere else.
package httpapi
