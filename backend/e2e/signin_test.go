package e2e_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"realname.example/shared/api"
)

// TestGuessesLockTheirOwnAddressOutAndNobodyElse is threat 32 for sign-ins.
func TestGuessesLockTheirOwnAddressOutAndNobodyElse(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.SignInsPerAccount = 3
	cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	s := start(t, cfg)
	from := func(address, pass string) int {
		t.Helper()
		body := strings.NewReader(fmt.Sprintf(`{"username":"demo","password":%q}`, pass))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.app.URL()+api.PathSessions, body)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-Forwarded-For", address)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	expect := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	expect("the holder signs in", from("198.51.100.7", password), http.StatusCreated)
	for range 3 {
		expect("a guess", from("203.0.113.9", "guess-guess"), http.StatusUnauthorized)
	}
	expect("the guesser's address", from("203.0.113.9", password), http.StatusTooManyRequests)
	expect("another network, not known", from("192.0.2.7", password), http.StatusCreated)
	for i := range 9 { // many addresses together
		for range 3 {
			expect("a guess", from(fmt.Sprintf("203.0.%d.9", i), "guess-guess"), http.StatusUnauthorized)
		}
	}
	expect("a network that is not known", from("100.64.0.7", password), http.StatusTooManyRequests)
	expect("the holder's network", from("198.51.100.8", password), http.StatusCreated)
}
