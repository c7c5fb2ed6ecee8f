package app

import (
	"context"
	"net"
	"net/url"
	"time"
)

// lookUp bounds the one question that a start asks of the name service.
const lookUp = 2 * time.Second

// meetsOurKey reports whether a phone that opens an address meets this
// listener's own key: the address is this machine's, and the port the
// listener's. Behind a proxy it meets the proxy's.
func meetsOurKey(ctx context.Context, address string, listener net.Addr) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	_, ours, err := net.SplitHostPort(listener.String())
	if err != nil || port != ours {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, lookUp)
	defer cancel()
	hosts, err := net.DefaultResolver.LookupIPAddr(ctx, u.Hostname())
	if err != nil {
		return false
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, host := range hosts {
		if host.IP.IsLoopback() || onThisMachine(host.IP, own) {
			return true
		}
	}
	return false
}

func onThisMachine(ip net.IP, own []net.Addr) bool {
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ip) {
			return true
		}
	}
	return false
}

// beyond is an address of documentation (RFC 5737) that no machine here has: the
// way to it is the way to the outside.
const beyond = "192.0.2.1:9"

// outwardAddress is this machine's address on its way to the outside, for a
// listener on all of them: a bridge of containers may stand before the real
// network. Without such a way it is the first that is not loopback.
func outwardAddress(ctx context.Context) string {
	// To connect by UDP chooses a way and sends nothing.
	if conn, err := (&net.Dialer{}).DialContext(ctx, "udp4", beyond); err == nil {
		local, ok := conn.LocalAddr().(*net.UDPAddr)
		_ = conn.Close() // nothing was sent
		if ok && !local.IP.IsLoopback() && !local.IP.IsUnspecified() {
			return local.IP.String()
		}
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return "127.0.0.1"
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	return "127.0.0.1"
}
