package client

import "net/http"

// newTransport returns the browser's fetch. A page cannot see the server's
// key, so there is nothing to pin: the browser's own authorities decide.
func newTransport(Pin) http.RoundTripper { return http.DefaultTransport }
