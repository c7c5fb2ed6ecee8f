package issuer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// Limits of what an issuer may send and of how long it may take.
const (
	maxAnswer     = 1 << 20 // metadata, keys, tokens, claims: each stays far below
	answerTimeout = 5 * time.Second
)

// errLarge is an answer that nobody reads to its end.
var errLarge = fmt.Errorf("the answer has more than %d bytes", maxAnswer)

// newClient returns a client that follows no redirect, reads no more than
// maxAnswer of an answer, and takes a server that is at fault for one that is
// away.
func newClient(base http.RoundTripper) *http.Client {
	if base == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 8
		t.MaxResponseHeaderBytes = 64 << 10
		base = t
	}
	return &http.Client{
		Transport: bounded{base}, Timeout: answerTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type bounded struct{ base http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusTooManyRequests {
		_ = answer.Body.Close()
		return nil, &statusError{answer.StatusCode}
	}
	if seen, _ := r.Context().Value(statusKey{}).(*int); seen != nil {
		*seen = answer.StatusCode
	}
	answer.Body = &boundedBody{body: answer.Body, left: maxAnswer}
	return answer, nil
}

// statusError is an issuer that says itself that it cannot answer now.
type statusError struct{ status int }

// Error implements error.
func (e *statusError) Error() string { return fmt.Sprintf("the issuer answers %d", e.status) }

type boundedBody struct {
	body io.ReadCloser
	left int
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLarge
	}
	n, err := b.body.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// Close implements io.Closer.
func (b *boundedBody) Close() error { return b.body.Close() }

// statusKey is under which a context holds where to write an answer's status:
// go-oidc tells it in the words of an error alone.
type statusKey struct{}

// withStatus returns a context whose next answer's status is written to the int.
func withStatus(ctx context.Context) (context.Context, *int) {
	status := new(int)
	return context.WithValue(ctx, statusKey{}, status), status
}

// away turns an error of a call to ErrUnavailable where the issuer could not be
// asked; another comes back as it is.
func away(err error) error {
	var status *statusError
	var transport interface{ Timeout() bool } // *url.Error, net.Error
	if errors.As(err, &status) || errors.As(err, &transport) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errLarge) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// refusedGrant reports whether an issuer's token endpoint took what it was given
// for no good grant.
func refusedGrant(err error) bool {
	var r *oauth2.RetrieveError
	return errors.As(err, &r) && r.ErrorCode == "invalid_grant"
}
