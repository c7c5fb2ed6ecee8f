package e2e_test

import (
	"bufio"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
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

// An office's people share an address, and have caps for many.
func TestATrustedNetworkHasItsOwnCaps(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	cfg.TrustedNetworks = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8:1::/48")}
	cfg.SignUpsPerAddress, cfg.TrustedSignUps = 1, 3
	s := start(t, cfg)
	for i, from := range []string{"203.0.113.9", "2001:db8:1:2::7"} {
		for k := range 4 {
			want := 201
			if k == 3 {
				want = problem.RateLimited.Status()
			}
			if got := s.behindAProxy("office"+string(rune('a'+4*i+k)), from); got != want {
				t.Errorf("sign-up %d from %s: %d, want %d", k, from, got, want)
			}
		}
	}
	for k, want := range []int{201, problem.RateLimited.Status()} {
		if got := s.behindAProxy("home"+string(rune('a'+k)), "198.51.100.9"); got != want {
			t.Errorf("sign-up %d from elsewhere: %d, want %d", k, got, want)
		}
	}
}

func TestTheLogWarnsBeforeTheDaysCodesAreSpent(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.Verify.SMSAll, cfg.Verify.SMSInterval = 5, 0
	s := start(t, cfg)
	a := s.signIn("demo")
	v, err := a.Begin(t.Context(), byMobile(s.person("张伟")))
	if err != nil {
		t.Fatal(err)
	}
	for sent := 1; sent <= 5; sent++ {
		if _, err := a.SendCode(t.Context(), v.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.app.CountSpend(t.Context()); err != nil {
			t.Fatal(err)
		}
		warned := strings.Count(s.log.String(), "come near their cap")
		if want := map[bool]int{true: 1}[sent >= 4]; warned != want {
			t.Errorf("after %d codes: warned %d times, want %d", sent, warned, want)
		}
		if got := s.meter("realname_sms_all"); got != strconv.Itoa(sent) {
			t.Errorf("the metric says %s, not %d", got, sent)
		}
	}
	if got := s.meter("realname_sms_all_limit"); got != "5" {
		t.Errorf("the limit is %s", got)
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

// What a proxy would gather or compress comes late: a stream says that it may not.
func TestAStreamTellsProxiesToPassItOn(t *testing.T) {
	s := start(t, sandboxConfig(t))
	a := s.signIn("demo")
	v, err := a.Begin(t.Context(), byFace(s.person("张伟")))
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.app.URL()+api.PathVerifications+"/"+string(v.ID)+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.session("demo"))
	request.Header.Set("Accept-Encoding", "gzip, br")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	first, err := bufio.NewReader(response.Body).ReadString('\n')
	if err != nil || first != "event: view\n" {
		t.Errorf("the first line is %q, %v", first, err)
	}
	h := response.Header
	if !strings.Contains(h.Get("Cache-Control"), "no-transform") || h.Get("X-Accel-Buffering") != "no" || h.Get("Content-Encoding") != "" {
		t.Errorf("headers %v", h)
	}
}
