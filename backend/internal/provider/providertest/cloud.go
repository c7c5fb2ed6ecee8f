package providertest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Protocol is what a local provider needs of whose answers it gives.
type Protocol interface {
	// Action names what a request asks for.
	Action(r *http.Request) string
	// Verify checks the signature of a request at a moment.
	Verify(r *http.Request, body []byte, now time.Time) error
	// Refuse answers a request whose signature is wrong.
	Refuse(w http.ResponseWriter)
	// Answer answers an action from what the cloud knows, or false where the
	// provider has no such action.
	Answer(c *Cloud, w http.ResponseWriter, r *http.Request, action string, body []byte) bool
}

// Cloud is a provider on this machine: the people, the phones that messages
// arrive at, and what it was asked.
type Cloud struct {
	URL string
	// Now is the clock that signatures are checked against. It is the system's
	// unless a test sets another before the first request.
	Now func() time.Time
	*register
	protocol Protocol

	mu      sync.Mutex
	script  map[string]http.HandlerFunc
	inbox   map[string][]string
	reports map[string]Report
	asked   map[string]int
	bodies  map[string][]byte
	refused []error
}

// NewCloud serves a protocol on loopback until the test ends.
func NewCloud(t testing.TB, p Protocol) *Cloud {
	c := &Cloud{
		Now: time.Now, register: newRegister(), protocol: p,
		script: map[string]http.HandlerFunc{}, inbox: map[string][]string{}, reports: map[string]Report{}, asked: map[string]int{}, bodies: map[string][]byte{},
	}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

// ServeHTTP implements http.Handler.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		err = c.protocol.Verify(r, body, c.Now())
	}
	action := c.protocol.Action(r)
	c.mu.Lock()
	c.asked[action]++
	c.bodies[action] = body
	scripted := c.script[action]
	if err != nil {
		c.refused = append(c.refused, err)
	}
	c.mu.Unlock()
	switch {
	case err != nil:
		c.protocol.Refuse(w)
	case scripted != nil:
		r.Body = io.NopCloser(bytes.NewReader(body))
		scripted(w, r)
	case !c.protocol.Answer(c, w, r, action, body):
		http.NotFound(w, r)
	}
}

// Script lets a function answer an action, after its signature was checked; nil
// ends that.
func (c *Cloud) Script(action string, answer http.HandlerFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.script[action] = answer
}

// Say lets one text answer an action.
func (c *Cloud) Say(action string, status int, text string) {
	c.Script(action, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	})
}

// Asked counts the requests for an action.
func (c *Cloud) Asked(action string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked[action]
}

// Body is that of the last request for an action.
func (c *Cloud) Body(action string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bodies[action]
}

// Refused lists why requests were refused for their signature.
func (c *Cloud) Refused() []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused
}

// Report is what a carrier says of a message, in the provider's own words.
type Report struct {
	ID, Mobile   string
	Status, Code string
}

// Deliver brings a code to a phone, and returns the name of the message, of which
// no carrier has said anything yet.
func (c *Cloud) Deliver(mobile, code string) (id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inbox[mobile] = append(c.inbox[mobile], code)
	id = fmt.Sprintf("5000:%s-%d", code, len(c.reports))
	c.reports[id] = Report{ID: id, Mobile: mobile}
	return id
}

// Reports lets a carrier say something of every message to a phone.
func (c *Cloud) Reports(mobile, status, code string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, r := range c.reports {
		if r.Mobile == mobile {
			r.Status, r.Code = status, code
			c.reports[id] = r
		}
	}
}

// Reported lists what is known of the messages to a phone that have a report.
func (c *Cloud) Reported(mobile string) []Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Report
	for _, r := range c.reports {
		if r.Mobile == mobile && r.Status != "" {
			out = append(out, r)
		}
	}
	return out
}

// Inbox lists the codes that came to a phone, oldest first.
func (c *Cloud) Inbox(mobile string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.inbox[mobile]...)
}

// Hang answers nothing until the caller goes away.
func Hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
