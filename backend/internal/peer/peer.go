// Package peer says who is at the other end of a connection: the address behind
// proxies that are trusted, and the group of addresses that caps count as one.
// The API and the listener ask it; it keeps nothing.
package peer

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Address returns where a request comes from: the connection's other end, or
// what X-Forwarded-For says, as far back as every hop is a trusted proxy. The
// zero Addr is an end that has no address.
func Address(r *http.Request, trusted []netip.Prefix) netip.Addr {
	at := parse(r.RemoteAddr)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && Within(at, trusted); i-- {
		before := parse(hops[i])
		if !before.IsValid() { // a proxy that hides its client: nothing beyond it is known
			break
		}
		at = before
	}
	return at
}

// Of returns the address of a connection's other end.
func Of(a net.Addr) netip.Addr { return parse(a.String()) }

// parse reads an address in the forms in which proxies write it: with a port,
// in brackets or quotes, as IPv4 within IPv6, with a zone.
func parse(text string) netip.Addr {
	text = strings.Trim(strings.TrimSpace(text), `"`)
	if with, err := netip.ParseAddrPort(text); err == nil {
		return with.Addr().Unmap().WithZone("")
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inner, "]")
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// Within reports whether an address lies in one of the networks.
func Within(a netip.Addr, networks []netip.Prefix) bool {
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// household is the part of an IPv6 address that one subscriber has: whoever has
// one address has all of its /64 (RFC 6177).
const household = 64

// Group is what caps count an address as: an IPv4 address alone, an IPv6 address
// with its /64. It is empty for the zero Addr.
func Group(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	if a.Is6() {
		if p, err := a.Prefix(household); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// Network returns an address without the part that names one machine:
// 203.0.113.x, or the first 48 bits of an IPv6 address.
func Network(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	if a.Is4() {
		text := a.String()
		return text[:strings.LastIndexByte(text, '.')] + ".x"
	}
	p, err := a.Prefix(48)
	if err != nil {
		return ""
	}
	return p.Addr().String() + "x"
}
