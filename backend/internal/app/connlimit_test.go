package app

import (
	"net"
	"net/netip"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"realname.example/backend/internal/config"
)

// figures are the metrics of a registry by name.
func figures(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		m := f.GetMetric()[0]
		out[f.GetName()] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
	}
	return out
}

func TestConnectionsAreCappedByAddressAndInAll(t *testing.T) {
	here := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for name, c := range map[string]struct {
		all, perAddress int
		proxies         []netip.Prefix
		trusted         []netip.Prefix
		accepted        int // of five
		refused         float64
	}{
		"by address":    {0, 3, nil, nil, 3, 2},
		"a proxy":       {0, 3, here, nil, 5, 0},
		"no cap":        {0, 0, nil, nil, 5, 0},
		"room for all":  {5, 0, nil, nil, 5, 0},
		"in all: waits": {2, 0, nil, nil, 2, 0},
		"an office":     {0, 3, nil, here, 4, 1},
	} {
		t.Run(name, func(t *testing.T) {
			plain, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			registry := prometheus.NewRegistry()
			cfg := config.Config{Server: config.Server{Connections: c.all, ConnectionsPerAddress: c.perAddress, TrustedProxies: c.proxies, TrustedNetworks: c.trusted, TrustedConnections: 4}}
			l := limitConnections(plain, cfg, registry)
			accepted := make(chan net.Conn, 5)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					accepted <- conn
				}
			}()
			var dialled []net.Conn
			for range 5 {
				conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				dialled = append(dialled, conn)
			}
			var open []net.Conn
			for range c.accepted {
				open = append(open, <-accepted)
			}
			for _, conn := range dialled[len(dialled)-int(c.refused):] {
				if n, err := conn.Read(make([]byte, 1)); err == nil {
					t.Errorf("beyond the cap %d bytes are said", n)
				}
			}
			if got := figures(t, registry); got["realname_connections"] != float64(c.accepted) || got["realname_connections_refused_total"] != c.refused {
				t.Errorf("metrics %v", got)
			}
			// Who leaves makes room: once, however often it is closed.
			_ = open[0].Close()
			_ = open[0].Close()
			if waits := 5 - c.accepted - int(c.refused); waits > 0 {
				open[0] = <-accepted
			} else if got := figures(t, registry); got["realname_connections"] != float64(c.accepted-1) {
				t.Errorf("after one left: %v", got)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			<-ended
		})
	}
}
