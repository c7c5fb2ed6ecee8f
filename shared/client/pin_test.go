package client_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"realname.example/shared/api"
	"realname.example/shared/client"
)

// serveTLS starts a server with a key that no authority vouches for.
func serveTLS(t *testing.T, version uint16) (url string, pin client.Pin) {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, api.Server{Name: "tls", Mode: api.ModeSandbox})
	}))
	server.Config.ErrorLog = nil
	server.TLS = &tls.Config{MaxVersion: version, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, client.PinOf(server.Certificate().RawSubjectPublicKeyInfo)
}

func info(t *testing.T, url string, pin client.Pin) error {
	t.Helper()
	c, err := client.New(client.Config{Server: url, Pin: pin, Clock: newClock(always)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Info(context.Background())
	return err
}

func TestAServerWithThePinnedKeyIsTrusted(t *testing.T) {
	url, pin := serveTLS(t, tls.VersionTLS13)
	for _, form := range []client.Pin{pin, client.Pin(pin.Short())} {
		if err := info(t, url, form); err != nil {
			t.Errorf("pin %q: %v", form, err)
		}
	}
}

func TestAFirstServerHasToBeConfirmed(t *testing.T) {
	url, pin := serveTLS(t, tls.VersionTLS13)
	var unknown *client.KeyUnknownError
	if err := info(t, url, ""); !errors.As(err, &unknown) || unknown.Presented != pin {
		t.Errorf("error is %v", err)
	}
}

func TestAServerWithAnotherKeyIsRefused(t *testing.T) {
	url, pin := serveTLS(t, tls.VersionTLS13)
	other := client.PinOf([]byte("another key"))
	for _, form := range []client.Pin{other, client.Pin(other.Short())} {
		var changed *client.KeyChangedError
		if err := info(t, url, form); !errors.As(err, &changed) || changed.Presented != pin {
			t.Errorf("error is %v", err)
		}
	}
}

func TestAnOlderTLSIsRefused(t *testing.T) {
	url, pin := serveTLS(t, tls.VersionTLS12)
	var unreachable *client.UnreachableError
	if err := info(t, url, pin); !errors.As(err, &unreachable) {
		t.Errorf("error is %v", err)
	}
}

func TestPinFormsOfOneKeyMatch(t *testing.T) {
	pin := client.PinOf([]byte("key"))
	short := client.Pin(pin.Short())
	if !pin.Matches(short) || !short.Matches(pin) || pin.Fingerprint() != short.Fingerprint() {
		t.Errorf("%q and %q do not match", pin, short)
	}
	nonsense := client.Pin(base64.RawURLEncoding.EncodeToString([]byte("short")))
	for _, bad := range []client.Pin{"", nonsense} {
		if bad.Matches(pin) || pin.Matches(bad) || bad.Matches("") {
			t.Errorf("%q matches", bad)
		}
	}
	if got := len(pin.Fingerprint()); got != 24 {
		t.Errorf("fingerprint %q", pin.Fingerprint())
	}
}
