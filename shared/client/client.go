package client

import (
	"crypto/rand"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"time"

	"realname.example/shared/handoff"
)

// Clock is time as the client uses it. Tests bring their own.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// Config says which server to talk to. Only Server is required.
type Config struct {
	// Server is the base address: https, or http for a loopback host.
	Server string
	// Pin is the server's key. Empty: the system's authorities decide.
	Pin Pin
	// Device is the name of this PC or phone, for the other one to show.
	Device string
	// Language returns the one in which names are wanted, such as zh; nil for
	// the server's choice. It is asked with each call.
	Language func() string
	// Timeout is for one call, 30 s when zero. Evidence has four times that.
	Timeout time.Duration
	// Transport replaces the pinned one, for tests. It has to tell httptrace of its
	// connections.
	Transport http.RoundTripper
	// Random makes idempotency keys; crypto/rand when nil.
	Random io.Reader
	// Jitter returns a number in [0, 1) that spreads reconnects; math/rand
	// when nil.
	Jitter func() float64
	// Clock is the system's when nil.
	Clock Clock
}

// Client makes the calls that need no token. It is safe for use by several
// goroutines.
type Client struct {
	server   string
	device   string
	language func() string
	timeout  time.Duration
	http     *http.Client
	random   io.Reader
	jitter   func() float64
	clock    Clock
}

// defaultTimeout leaves room for the two tries of the carrier, 5 s each, that
// a code check waits for.
const defaultTimeout = 30 * time.Second

// New returns a client of one server. It opens no connection. The error is
// handoff.ErrServer for an address that is not a server's.
func New(c Config) (*Client, error) {
	server, err := handoff.ParseServer(c.Server)
	if err != nil {
		return nil, fmt.Errorf("read server address: %w", err)
	}
	client := &Client{
		server:   server,
		device:   c.Device,
		language: c.Language,
		timeout:  c.Timeout,
		random:   c.Random,
		jitter:   c.Jitter,
		clock:    c.Clock,
	}
	if client.timeout == 0 {
		client.timeout = defaultTimeout
	}
	if client.random == nil {
		client.random = rand.Reader
	}
	if client.jitter == nil {
		client.jitter = mathrand.Float64
	}
	if client.clock == nil {
		client.clock = systemClock{}
	}
	transport := c.Transport
	if transport == nil {
		transport = newTransport(c.Pin)
	}
	client.http = &http.Client{
		Transport: transport,
		// A redirect would carry the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return client, nil
}

// Server returns the base address in lower case.
func (c *Client) Server() string { return c.server }

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now() }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }
