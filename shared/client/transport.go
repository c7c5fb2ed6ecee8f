//go:build !js

package client

import (
	"crypto/tls"
	"errors"
	"net/http"
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

func verifyPin(pin Pin, state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("server presented no certificate")
	}
	if presented := pinOf(state.PeerCertificates[0]); !pin.Matches(presented) {
		return &KeyChangedError{Pinned: pin, Presented: presented}
	}
	return nil
}
