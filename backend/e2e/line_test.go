package e2e_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// line is the connection to a database or a server, which a test cuts, slows and breaks
// by toxiproxy.
type line struct {
	*toxiproxy.Proxy
	t testing.TB
}

// newLine returns a URL that leads through a line to where another one does.
func newLine(t testing.TB, to string) (line, string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := line{toxiproxy.NewProxy(server, "line", freeAddress(t), u.Host), t}
	l.plugIn()
	t.Cleanup(l.Stop)
	u.Host = l.Listen
	return l, u.String()
}

// pull cuts every connection and refuses new ones.
func (l line) pull() { l.Stop() }

func (l line) plugIn() {
	l.t.Helper()
	if err := l.Start(); err != nil {
		l.t.Fatal(err)
	}
}

// poison has the line behave as one of toxiproxy's toxics does, until it is cured.
// Upstream is what is told, downstream what is answered.
func (l line) poison(kind, direction string, attributes map[string]int) (cure func()) {
	l.t.Helper()
	toxic, err := json.Marshal(map[string]any{"name": kind, "type": kind, "stream": direction, "attributes": attributes})
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.Toxics.AddToxicJson(strings.NewReader(string(toxic))); err != nil {
		l.t.Fatal(err)
	}
	return func() {
		l.t.Helper()
		if err := l.Toxics.RemoveToxic(l.t.Context(), kind); err != nil {
			l.t.Fatal(err)
		}
	}
}

// hold lets nothing through, as a server that is stopped: connections stay.
func (l line) hold() (release func()) {
	return l.poison("timeout", "downstream", map[string]int{"timeout": 0})
}
