package app

import (
	"net"
	"net/netip"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/netutil"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/peer"
)

// connections is a listener that holds so many connections at once: all
// together, and of one address. Beyond the first cap callers wait until others
// leave, beyond the second they are hung up on. Trusted proxies bring everybody,
// so that only the first counts for them.
type connections struct {
	net.Listener
	perAddress int // zero is off
	ofTrusted  int // of an address of a trusted network
	proxies    []netip.Prefix
	trusted    []netip.Prefix
	open       prometheus.Gauge
	refused    prometheus.Counter

	mu   sync.Mutex
	from map[string]int
}

func limitConnections(l net.Listener, cfg config.Config, registry *prometheus.Registry) *connections {
	if cfg.Connections > 0 {
		l = netutil.LimitListener(l, cfg.Connections)
	}
	c := &connections{
		Listener: l, perAddress: cfg.ConnectionsPerAddress, ofTrusted: cfg.TrustedConnections,
		proxies: cfg.TrustedProxies, trusted: cfg.TrustedNetworks, from: map[string]int{},
		open: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "realname_connections", Help: "Open connections.",
		}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "realname_connections_refused_total", Help: "Connections that were hung up on, since their address had too many.",
		}),
	}
	registry.MustRegister(c.open, c.refused)
	return c
}

// Accept implements net.Listener.
func (c *connections) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, most := c.counted(peer.Of(conn.RemoteAddr()))
		if !c.enter(from, most) {
			c.refused.Inc()
			_ = conn.Close() // nothing was said yet
			continue
		}
		return &connection{Conn: conn, leave: sync.OnceFunc(func() { c.leave(from) })}, nil
	}
}

// counted returns what an address counts as and how many connections that may
// have; zero is no cap.
func (c *connections) counted(a netip.Addr) (from string, most int) {
	switch {
	case peer.Within(a, c.proxies):
		return "", 0
	case c.perAddress > 0 && peer.Within(a, c.trusted):
		return peer.Group(a), c.ofTrusted
	}
	return peer.Group(a), c.perAddress
}

// enter counts a connection in, where its address may have another.
func (c *connections) enter(from string, most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if most > 0 && c.from[from] >= most {
		return false
	}
	c.from[from]++
	c.open.Inc()
	return true
}

func (c *connections) leave(from string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from[from]--; c.from[from] == 0 {
		delete(c.from, from)
	}
	c.open.Dec()
}

// connection counts itself out when it is closed.
type connection struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.leave()
	return c.Conn.Close()
}
