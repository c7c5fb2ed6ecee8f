package app

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
)

// issue writes a certificate and its key of their own into a folder.
func issue(t *testing.T, folder string) (certPath, keyPath string) {
	t.Helper()
	certPath, keyPath = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	if err := makeCertificate(certPath, keyPath, time.Now()); err != nil {
		t.Fatal(err)
	}
	return certPath, keyPath
}

// replace puts a file in place of another at another time than the one before.
func replace(t *testing.T, from, to string, at time.Time) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err == nil {
		err = os.Chtimes(to, at, at)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAReplacedCertificateIsTakenUpWithoutARestart(t *testing.T) {
	certPath, keyPath := issue(t, t.TempDir())
	nextCert, nextKey := issue(t, t.TempDir())
	var log bytes.Buffer
	c, selfSigned, err := openCertificates(config.Config{Server: config.Server{TLSCert: certPath, TLSKey: keyPath}}, time.Now(), slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil || selfSigned {
		t.Fatal(err, selfSigned)
	}
	first := c.keyHash()
	hello := &tls.ClientHelloInfo{}
	served := func() []byte {
		cert, err := c.get(hello)
		if err != nil {
			t.Fatal(err)
		}
		return cert.Certificate[0]
	}
	before := served()

	// Half of it is replaced: the pair before stays, and that is said once.
	later := time.Now().Add(time.Hour)
	replace(t, nextCert, certPath, later)
	for range 3 {
		if !bytes.Equal(served(), before) || c.keyHash() != first {
			t.Fatal("half a pair is served")
		}
	}
	if n := strings.Count(log.String(), "cannot be used"); n != 1 {
		t.Errorf("said %d times: %s", n, log.String())
	}
	// For a moment one of the files is gone.
	if err := os.Rename(keyPath, keyPath+".old"); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(served(), before) {
		t.Fatal("nothing is served while a file is gone")
	}
	replace(t, nextKey, keyPath, later)
	if bytes.Equal(served(), before) || c.keyHash() == first {
		t.Error("the new pair is not served")
	}

	// Replaced within the clock's step, it is taken up when told.
	after := served()
	thirdCert, thirdKey := issue(t, t.TempDir())
	replace(t, thirdCert, certPath, later)
	replace(t, thirdKey, keyPath, later)
	if err := c.reload(); err != nil || bytes.Equal(served(), after) {
		t.Errorf("told to read again: %v", err)
	}
	if err := os.WriteFile(certPath, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	third := served()
	if err := c.reload(); err == nil || !bytes.Equal(served(), third) {
		t.Errorf("a file that is none: %v", err)
	}
}

func TestTheKeyHashRidesAlongOnlyWhereOurKeyIsMet(t *testing.T) {
	listener := &net.TCPAddr{IP: net.IPv4zero, Port: 8443}
	for address, want := range map[string]bool{
		"https://127.0.0.1:8443": true, "https://[::1]:8443": true, "https://localhost:8443": true,
		"https://127.0.0.1": false, "https://127.0.0.1:443": false, "https://192.0.2.7:8443": false, "https://[2001:db8::1]:8443": false,
	} {
		if got := meetsOurKey(t.Context(), address, listener); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	if !meetsOurKey(t.Context(), "https://127.0.0.1", &net.TCPAddr{IP: net.IPv4zero, Port: 443}) {
		t.Error("the usual port is not known")
	}
}

func TestTheOutwardAddressIsThatOfTheRoute(t *testing.T) {
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "udp4", beyond)
	got := outwardAddress(t.Context())
	if err != nil {
		if net.ParseIP(got) == nil {
			t.Errorf("without a way out: %q", got)
		}
		return
	}
	defer conn.Close()
	if want := conn.LocalAddr().(*net.UDPAddr).IP; !want.IsLoopback() && got != want.String() {
		t.Errorf("%s, the way out begins at %s", got, want)
	}
}
