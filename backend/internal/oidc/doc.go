// Package oidc is a provider of OpenID Connect: it signs people in for services
// and tells those what a person agreed to. Realname's own provider and the
// affiliates of the sandbox are each a Provider, under addresses of their own
// and with people of their own.
//
//	authorize.go   what a service asks, and what is sent back to it
//	page.go        the pages that a person meets: sign in, verify, agree
//	device.go      the same for devices without a browser (RFC 8628)
//	server.go      tokens for codes, refresh tokens and device codes
//	auth.go        who a service is
//	userinfo.go    what a token tells
//	keys.go        keys that sign, and change by themselves
//
// Requests and errors of the token endpoint are read and written by
// github.com/zitadel/oidc; what a service may be told is decided in package
// service. It keeps nothing itself.
package oidc
