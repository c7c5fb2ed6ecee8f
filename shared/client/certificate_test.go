package client_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/client"
)

// issued is a certificate by an authority, or self-signed for a nil one.
func issued(t *testing.T, authority *tls.Certificate, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true,
	}
	change(cert)
	parent, signer := cert, any(key)
	if authority != nil {
		parent, signer = authority.Leaf, authority.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// meet asks a server with a certificate who it is, without a pin.
func meet(t *testing.T, cert tls.Certificate) error {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, api.Server{Name: "tls", Mode: api.ModeSandbox})
	}))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13}
	server.StartTLS()
	defer server.Close()
	return info(t, server.URL, "")
}

func TestEachFaultOfACertificateIsToldApart(t *testing.T) {
	authority := issued(t, nil, func(c *x509.Certificate) {
		c.Subject.CommonName, c.IsCA, c.KeyUsage = "authority", true, x509.KeyUsageCertSign
	})
	for fault, change := range map[client.CertificateFault]func(*x509.Certificate){
		client.Expired:          func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) },
		client.NotYetValid:      func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) },
		client.OtherName:        func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} },
		client.UnknownAuthority: func(*x509.Certificate) {},
	} {
		err := meet(t, issued(t, &authority, change))
		var refused *client.CertificateError
		var away *client.UnreachableError
		if !errors.As(err, &refused) || refused.Fault != fault || !errors.As(err, &away) || !client.Lasting(err) {
			t.Errorf("%s: %v", fault, err)
		}
	}
}

// TestOnlyAKeyOfItsOwnIsOfferedToBeTrusted has names and dates that nobody vouches
// for; a PC with a wrong clock must reach a server on its own network too.
func TestOnlyAKeyOfItsOwnIsOfferedToBeTrusted(t *testing.T) {
	for name, change := range map[string]func(*x509.Certificate){
		"good":          func(*x509.Certificate) {},
		"another name":  func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} },
		"a later clock": func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) },
		"an early one":  func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) },
	} {
		cert := issued(t, nil, change)
		var unknown *client.KeyUnknownError
		if err := meet(t, cert); !errors.As(err, &unknown) || unknown.Presented != client.PinOf(cert.Leaf.RawSubjectPublicKeyInfo) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
