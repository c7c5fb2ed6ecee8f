// Package mailtest is a mail server on this machine, for tests: it speaks SMTP with
// TLS and authentication, and keeps what it is given.
package mailtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"mime"
	"net"
	netmail "net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// The account that the server knows.
const (
	Username = "realname"
	Password = "secret of the mailbox"
)

// Server is a mail server. Its fields may be set before the first message.
type Server struct {
	Address string
	// Refuse answers a recipient, where it is set.
	Refuse *smtp.SMTPError

	mu    sync.Mutex
	boxes map[string][]Message
	auths int
	roots *x509.CertPool
}

// Message is one that arrived.
type Message struct {
	From, Subject, Text string
	Header              netmail.Header
	TLS                 bool
}

// New serves until the test ends. With open it asks for no name and has no TLS, as a
// relay on the same machine does.
func New(t testing.TB, open bool) *Server {
	t.Helper()
	s := &Server{boxes: map[string][]Message{}, roots: x509.NewCertPool()}
	inner := smtp.NewServer(backend{s, open})
	inner.Domain, inner.AllowInsecureAuth = "localhost", false
	if !open {
		inner.TLSConfig = &tls.Config{Certificates: []tls.Certificate{s.certificate(t)}, MinVersion: tls.VersionTLS12}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends with the test
	if err != nil {
		t.Fatal(err)
	}
	s.Address = listener.Addr().String()
	go func() { _ = inner.Serve(listener) }()
	t.Cleanup(func() { _ = inner.Close() })
	return s
}

// Roots trusts the server's certificate.
func (s *Server) Roots() *x509.CertPool { return s.roots }

// Box lists what came to an address, oldest first.
func (s *Server) Box(address string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.boxes[address]...)
}

// Auths counts those who showed the right password.
func (s *Server) Auths() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.auths
}

func (s *Server) certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s.roots.AddCert(made)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// backend makes the sessions of the server.
type backend struct {
	server *Server
	open   bool
}

// NewSession implements smtp.Backend.
func (b backend) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{backend: b, conn: c, known: b.open}, nil
}

// session is one connection.
type session struct {
	backend
	conn  *smtp.Conn
	known bool
	to    []string
}

// AuthMechanisms implements smtp.AuthSession.
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements smtp.AuthSession.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != Username || password != Password {
			return errors.New("another password")
		}
		s.known = true
		s.server.mu.Lock()
		defer s.server.mu.Unlock()
		s.server.auths++
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *session) Mail(string, *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	return nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.server.Refuse != nil {
		return s.server.Refuse
	}
	s.to = append(s.to, to)
	return nil
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	read, err := read(raw)
	if err != nil {
		return err
	}
	_, read.TLS = s.conn.TLSConnectionState()
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	for _, to := range s.to {
		s.server.boxes[to] = append(s.server.boxes[to], read)
	}
	return nil
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.to = nil }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }

// read takes a message apart.
func read(raw []byte) (Message, error) {
	parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Message{}, err
	}
	m := Message{Header: parsed.Header, From: parsed.Header.Get("From")}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject")); err != nil {
		return Message{}, err
	}
	m.Text, err = bodyOf(parsed)
	return m, err
}
