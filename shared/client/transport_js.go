package client

import (
	"context"
	"net/http"
)

// newTransport returns the browser's fetch. A page cannot see the server's
// key, so there is nothing to pin: the browser's own authorities decide.
func newTransport(Pin) http.RoundTripper { return http.DefaultTransport }

// connecting is what transport.go has: a browser does not say when it is connected.
func connecting(ctx context.Context) (context.Context, <-chan struct{}) {
	connected := make(chan struct{})
	close(connected)
	return ctx, connected
}
