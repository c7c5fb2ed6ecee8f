package app_test

import (
	"net/netip"
	"sync"
	"testing"

	"realname.example/shared/api"
	"realname.example/shared/problem"
)

// behindAProxy signs up as a proxy's client of this address would.
func (s *server) behindAProxy(username, forwarded string) int {
	return s.ask("POST", api.PathAccounts, "", map[string]string{"Content-Type": "application/json", "X-Forwarded-For": forwarded},
		`{"username":"`+username+`","password":"`+password+`"}`)
}

func proxied(t *testing.T) *server {
	cfg := sandboxConfig(t)
	cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	cfg.SignUpsPerAddress = 1
	return start(t, cfg)
}

// People behind one proxy have caps of their own, however it writes their
// addresses.
func TestForwardedAddressesWithPortsAreCountedApart(t *testing.T) {
	s := proxied(t)
	for name, from := range map[string]string{
		"anna": "203.0.113.11:50001", "bert": "203.0.113.12:50001", "carl": "[2001:db8:1::1]:443", "dora": "2001:db8:2::1", "emil": "203.0.113.13",
	} {
		if got := s.behindAProxy(name, from); got != 201 {
			t.Errorf("%s from %s: %d", name, from, got)
		}
	}
	if got := s.behindAProxy("anna2", "203.0.113.11:50002"); got != problem.RateLimited.Status() {
		t.Errorf("the same address from another port: %d", got)
	}
}

func TestIPv6IsCountedByItsSubnet(t *testing.T) {
	s := proxied(t)
	if got := s.behindAProxy("anna", "2001:db8:1:2::1"); got != 201 {
		t.Fatalf("the first: %d", got)
	}
	if got := s.behindAProxy("bert", "2001:db8:1:2:aaaa::9"); got != problem.RateLimited.Status() {
		t.Errorf("another address of the same /64: %d", got)
	}
	if got := s.behindAProxy("carl", "2001:db8:1:3::1"); got != 201 {
		t.Errorf("another /64: %d", got)
	}
}

func TestManySignUpsAtOncePassTheCapNoMoreThanOneByOne(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.SignUpsPerAddress = 3
	s := start(t, cfg)
	var group sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for i := range 12 {
		group.Go(func() {
			if s.ask("POST", api.PathAccounts, "", map[string]string{"Content-Type": "application/json"},
				`{"username":"racer`+string(rune('a'+i))+`","password":"`+password+`"}`) == 201 {
				mu.Lock()
				defer mu.Unlock()
				made++
			}
		})
	}
	group.Wait()
	if made != 3 {
		t.Errorf("%d accounts were made, the cap is 3", made)
	}
}
