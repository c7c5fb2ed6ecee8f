//go:build !js

package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// newTransport returns a transport that speaks TLS 1.3 and, with a pin, trusts
// that key alone whatever the certificate says. Without a pin the system's
// authorities decide.
func newTransport(pin Pin) http.RoundTripper {
	config := &tls.Config{MinVersion: tls.VersionTLS13}
	if pin != "" {
		config.InsecureSkipVerify = true // the pinned key stands in for names and authorities (docs/threats.md, 18)
		config.VerifyConnection = func(state tls.ConnectionState) error {
			return verifyPin(pin, state)
		}
	}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		TLSClientConfig:       config,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   4,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 60 * time.Second,
		ExpectContinueTimeout: 2 * time.Second, // for who does not know the question
	}
}

// connecting returns a context for one request, and what is closed once that has a
// connection.
func connecting(ctx context.Context) (context.Context, <-chan struct{}) {
	connected := make(chan struct{})
	told := sync.OnceFunc(func() { close(connected) }) // a request that is sent again has another
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { told() },
	}), connected
}

func verifyPin(pin Pin, state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("server presented no certificate")
	}
	if presented := pinOf(state.PeerCertificates[0]); !pin.Matches(presented) {
		return &KeyChangedError{Pinned: pin, Presented: presented}
	}
	return nil
}
