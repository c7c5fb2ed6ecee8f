package cloud

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// roundTrip is a transport of a test.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func post(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("question"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCallWithoutAConnectionIsTriedOnceMore(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, `"`+string(body)+`"`)
	}))
	defer server.Close()
	for name, test := range map[string]struct {
		fails int
		cause error
		calls int
		want  error
	}{
		"once":         {1, &net.OpError{Op: "dial", Err: errors.New("refused")}, 2, nil},
		"twice":        {2, &net.OpError{Op: "dial", Err: errors.New("refused")}, 2, errNoWay},
		"while it ran": {1, &net.OpError{Op: "read", Err: errors.New("reset")}, 1, errBroken},
	} {
		calls := 0
		c := &Client{roundTrip(func(r *http.Request) (*http.Response, error) {
			calls++
			if calls <= test.fails {
				_, _ = io.ReadAll(r.Body) // as a transport may have
				return nil, test.cause
			}
			return http.DefaultTransport.RoundTrip(r)
		})}
		_, body, err := c.Do(post(t, server.URL))
		if !errors.Is(err, test.want) || calls != test.calls {
			t.Errorf("%s: got %v after %d calls, want %v after %d", name, err, calls, test.want, test.calls)
		}
		if test.want == nil && string(body) != `"question"` {
			t.Errorf("%s: the second try asked %s", name, body)
		}
	}
}

func TestFailuresAreTold(t *testing.T) {
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	defer untrusted.Close()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	answers := func(status int) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "{}")
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	for url, want := range map[string]error{
		answers(http.StatusBadGateway):               failure("HTTP 502"),
		answers(http.StatusFound):                    failure("HTTP 302"),
		untrusted.URL + "/?PhoneNumbers=13800000001": errUntrusted,
		closed.URL + "/?PhoneNumbers=13800000001":    errNoWay,
	} {
		_, _, err := NewClient().Do(post(t, url))
		if !errors.Is(err, want) || err.Error() != want.Error() {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}
