package peer_test

import (
	"net/http"
	"net/netip"
	"testing"

	"realname.example/backend/internal/peer"
)

func request(remote string, forwarded ...string) *http.Request {
	r := &http.Request{RemoteAddr: remote, Header: http.Header{}}
	for _, f := range forwarded {
		r.Header.Add("X-Forwarded-For", f)
	}
	return r
}

func TestAForwardedAddressIsReadInEveryUsualForm(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("2001:db8:f::/48")}
	for _, c := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"203.0.113.9:5000", nil, "203.0.113.9"},
		{"203.0.113.9:5000", []string{"198.51.100.1"}, "203.0.113.9"}, // no trusted proxy
		{"10.0.0.1:5000", []string{"203.0.113.11"}, "203.0.113.11"},
		{"10.0.0.1:5000", []string{"203.0.113.11:50001"}, "203.0.113.11"},
		{"10.0.0.1:5000", []string{` "203.0.113.11:50001" `}, "203.0.113.11"},
		{"10.0.0.1:5000", []string{"[2001:db8::7]:443"}, "2001:db8::7"},
		{"10.0.0.1:5000", []string{"[2001:db8::7]"}, "2001:db8::7"},
		{"10.0.0.1:5000", []string{"2001:db8::7"}, "2001:db8::7"},
		{"10.0.0.1:5000", []string{"2001:DB8::7%eth0"}, "2001:db8::7"},
		{"10.0.0.1:5000", []string{"::ffff:203.0.113.11"}, "203.0.113.11"},
		{"[::ffff:10.0.0.1]:5000", []string{"203.0.113.11"}, "203.0.113.11"},
		{"[::1]:5000", []string{"[::ffff:203.0.113.11]:1"}, "203.0.113.11"},
		{"[2001:db8:f::1]:5000", []string{"203.0.113.11"}, "203.0.113.11"},
		{"10.0.0.1:5000", []string{"198.51.100.66, 203.0.113.11:1, 10.1.2.3:2"}, "203.0.113.11"}, // the first is the caller's own word
		{"10.0.0.1:5000", []string{"198.51.100.66", "203.0.113.11", "10.1.2.3"}, "203.0.113.11"}, // in several headers
		{"10.0.0.1:5000", []string{"10.1.2.3"}, "10.1.2.3"},
		{"10.0.0.1:5000", []string{"198.51.100.66, unknown"}, "10.0.0.1"},
		{"10.0.0.1:5000", []string{"198.51.100.66, _hidden, 10.1.2.3"}, "10.1.2.3"},
		{"10.0.0.1:5000", []string{""}, "10.0.0.1"},
		{"10.0.0.1:5000", []string{"999.1.1.1"}, "10.0.0.1"},
		{"[fe80::1%eth0]:5000", nil, "fe80::1"},
		{"@", nil, "invalid IP"},
	} {
		if got := peer.Address(request(c.remote, c.forwarded...), trusted).String(); got != c.want {
			t.Errorf("%s %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

func TestIPv6IsCountedByItsHousehold(t *testing.T) {
	for text, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", "2001:db8:1:2::1": "2001:db8:1:2::/64", "2001:db8:1:2:ffff::9": "2001:db8:1:2::/64",
		"2001:db8:1:3::1": "2001:db8:1:3::/64", "::1": "::/64",
	} {
		if got := peer.Group(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if peer.Group(netip.Addr{}) != "" || peer.Network(netip.Addr{}) != "" {
		t.Error("no address has a group")
	}
}

func TestANetworkNamesNoMachine(t *testing.T) {
	for text, want := range map[string]string{"203.0.113.9": "203.0.113.x", "2001:db8:1:2::9": "2001:db8:1::x"} {
		if got := peer.Network(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// Whatever a client writes, only what trusted proxies add is believed, and the
// end is always an address or none.
func FuzzAForwardedAddressOfAnything(f *testing.F) {
	f.Add("203.0.113.11:50001, [::1]")
	f.Add(`"[2001:db8::7%25a]:443"`)
	f.Fuzz(func(t *testing.T, header string) {
		trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		if got := peer.Address(request("203.0.113.9:1", header), trusted); got.String() != "203.0.113.9" {
			t.Errorf("%q is believed: %s", header, got)
		}
		if got := peer.Address(request("10.0.0.1:1", header), trusted); !got.IsValid() || got.Zone() != "" || got.Is4In6() {
			t.Errorf("%q: %s", header, got)
		}
		if got := peer.Address(request("10.0.0.1:1", header, "198.51.100.7"), trusted); got.String() != "198.51.100.7" {
			t.Errorf("%q is believed before the proxy: %s", header, got)
		}
	})
}
