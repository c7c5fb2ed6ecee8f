// Package cloud is what the providers that answer over the internet share: the
// way there and back, and what a result code of theirs can mean. It knows no
// provider. Its errors hold nothing of what was asked or answered, since both
// are personal data.
package cloud

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Bounds of one call. The longest answer that the documents of either provider
// show is under 1 KB.
const (
	maxAnswer = 64 << 10
	longest   = 10 * time.Second
)

// failure is why a call brought no answer.
type failure string

// Error implements error.
func (f failure) Error() string { return string(f) }

// The failures of a call.
const (
	errLate      failure = "no answer in time"
	errGivenUp   failure = "the call was given up"
	errNoWay     failure = "no connection"
	errUntrusted failure = "the certificate is not trusted"
	errBroken    failure = "the connection broke"
	errTooLong   failure = "the answer is too long"
	errNotJSON   failure = "the answer is not JSON, or coded in a way that is not known"
)

// Client brings whole answers. It is safe for concurrent use.
type Client struct{ transport http.RoundTripper }

// NewClient returns a client. It connects to nothing yet.
func NewClient() *Client {
	shared, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return &Client{http.DefaultTransport}
	}
	return &Client{shared.Clone()}
}

// Do is Fetch where the answer has to be JSON.
func (c *Client) Do(r *http.Request) (status int, body []byte, err error) {
	status, body, err = c.Fetch(r)
	if err == nil && !json.Valid(body) {
		return 0, nil, errNotJSON
	}
	return status, body, err
}

// Fetch returns the status and body of an answer, which is of bounded size and
// whole. It follows no redirect, which would carry personal data elsewhere, and
// takes a status of 300 to 399 or from 500 for no answer. A call that found no
// connection is tried once more, since nothing was sent. Its errors hold no
// address.
func (c *Client) Fetch(r *http.Request) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(r.Context(), longest)
	defer cancel()
	response, err := c.send(r.WithContext(ctx))
	if err != nil {
		return 0, nil, failureOf(ctx, err)
	}
	defer response.Body.Close()
	status = response.StatusCode
	if status >= 500 || status >= 300 && status < 400 {
		return 0, nil, failure(fmt.Sprintf("HTTP %d", status))
	}
	body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return 0, nil, failureOf(ctx, err)
	case len(body) > maxAnswer:
		return 0, nil, errTooLong
	case response.Header.Get("Content-Encoding") != "":
		return 0, nil, errNotJSON
	}
	return status, body, nil
}

// send tries a second time where there was no connection.
func (c *Client) send(r *http.Request) (*http.Response, error) {
	response, err := c.transport.RoundTrip(r)
	if !noConnection(err) || r.Context().Err() != nil || r.GetBody == nil {
		return response, err
	}
	again := r.Clone(r.Context())
	if again.Body, err = r.GetBody(); err != nil {
		return nil, err
	}
	return c.transport.RoundTrip(again)
}

func noConnection(err error) bool {
	var operation *net.OpError
	return errors.As(err, &operation) && operation.Op == "dial"
}

// failureOf puts an error into words that hold nothing of the call.
func failureOf(ctx context.Context, err error) failure {
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errLate
	case ctx.Err() != nil:
		return errGivenUp
	case noConnection(err):
		return errNoWay
	case errors.As(err, &untrusted):
		return errUntrusted
	}
	return errBroken
}
