// Package loopback takes the answer of an issuer that a browser of this PC brings
// back (RFC 8252, 7.3): it listens on loopback, for one answer, and shows the
// person where to go on. It knows nothing of accounts.
package loopback

import (
	"context"
	"crypto/subtle"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"strconv"
	"time"

	"realname.example/shared/api"
)

// Path is that of the redirect address, as issuers have to know it.
const Path = "/callback"

// Words are what the page says, in the app's language.
type Words struct{ Language, Done, Declined, Stray string }

// Listener waits for one answer.
type Listener struct {
	words  Words
	socket net.Listener
	came   chan api.IssuerAnswer
	ready  chan struct{} // closed once state is known
	state  string
	server *http.Server
}

// Limits of the listener: it reads the head of a small request.
const (
	headTimeout = 5 * time.Second
	maxHead     = 16 << 10
)

// Listen listens on a port of 127.0.0.1, or of [::1] where there is no such
// address; 0 is any port.
func Listen(port int, words Words) (*Listener, error) {
	socket, err := listen("127.0.0.1", port)
	if err != nil {
		var second error
		if socket, second = listen("::1", port); second != nil {
			return nil, fmt.Errorf("listen for the browser: %w", errors.Join(err, second))
		}
	}
	l := &Listener{words: words, socket: socket, came: make(chan api.IssuerAnswer, 1), ready: make(chan struct{})}
	l.server = &http.Server{Handler: http.HandlerFunc(l.answer), ReadTimeout: headTimeout, WriteTimeout: headTimeout, MaxHeaderBytes: maxHead}
	go func() { _ = l.server.Serve(socket) }()
	return l, nil
}

func listen(host string, port int) (net.Listener, error) {
	var config net.ListenConfig
	return config.Listen(context.Background(), "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
}

// Redirect is the address that the issuer sends the browser to.
func (l *Listener) Redirect() string { return "http://" + l.socket.Addr().String() + Path }

// Wait returns the answer that carries a state. Others, such as a page of another
// site brings, are told so and change nothing.
func (l *Listener) Wait(ctx context.Context, state string) (api.IssuerAnswer, error) {
	l.state = state
	close(l.ready)
	select {
	case in := <-l.came:
		return in, nil
	case <-ctx.Done():
		return api.IssuerAnswer{}, ctx.Err()
	}
}

// Close stops listening, after the page that is being shown.
func (l *Listener) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), headTimeout)
	defer cancel()
	_ = l.server.Shutdown(ctx)
}

// answer takes what the browser brings. Only this address's own name is answered,
// so that no name that was made to lead here is.
func (l *Listener) answer(w http.ResponseWriter, r *http.Request) {
	select {
	case <-l.ready:
	case <-r.Context().Done():
		return
	}
	q := r.URL.Query()
	own := r.Method == http.MethodGet && r.URL.Path == Path && r.Host == l.socket.Addr().String()
	if !own || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(l.state)) != 1 {
		l.page(w, http.StatusBadRequest, l.words.Stray)
		return
	}
	in := api.IssuerAnswer{Code: q.Get("code"), State: q.Get("state"), Iss: q.Get("iss"), Error: q.Get("error")}
	words := l.words.Done
	if in.Error != "" {
		words = l.words.Declined
	}
	l.page(w, http.StatusOK, words)
	select {
	case l.came <- in:
	default: // the first one counts
	}
}

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

func (l *Listener) page(w http.ResponseWriter, status int, words string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Connection", "close")
	w.WriteHeader(status)
	_ = page.Execute(w, struct{ Language, Text string }{l.words.Language, words})
}
