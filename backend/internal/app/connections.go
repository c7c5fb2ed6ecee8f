package app

import (
	"net"
	"net/netip"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/netutil"

	"realname.example/backend/internal/peer"
)

// connections is a listener that holds so many connections at once: all
// together, and of one address. Beyond the first cap callers wait until others
// leave, beyond the second they are hung up on. Trusted proxies bring everybody,
// so that only the first counts for them.
type connections struct {
	net.Listener
	perAddress int // zero is off
	free       []netip.Prefix
	open       prometheus.Gauge
	refused    prometheus.Counter

	mu   sync.Mutex
	from map[string]int
}

func limitConnections(l net.Listener, all, perAddress int, proxies []netip.Prefix, registry *prometheus.Registry) *connections {
	if all > 0 {
		l = netutil.LimitListener(l, all)
	}
	c := &connections{
		Listener: l, perAddress: perAddress, free: proxies, from: map[string]int{},
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
		from := ""
		if a := peer.Of(conn.RemoteAddr()); !peer.Within(a, c.free) {
			from = peer.Group(a)
		}
		if !c.enter(from) {
			c.refused.Inc()
			_ = conn.Close() // nothing was said yet
			continue
		}
		return &connection{Conn: conn, leave: sync.OnceFunc(func() { c.leave(from) })}, nil
	}
}

// enter counts a connection in, where its address may have another.
func (c *connections) enter(from string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if from != "" && c.perAddress > 0 && c.from[from] >= c.perAddress {
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
