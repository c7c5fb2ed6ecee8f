// Package handoff holds what passes between the PC and the phone: the text of
// the QR code, the typed code, and the signed manifest of the evidence. The
// backend makes the texts, the phone reads them; both sign and check manifests
// here. It knows nothing of the status of a verification.
package handoff

import (
	"encoding/base32"
	"errors"
	"net"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// TicketBytes is the length of a ticket: 128 random bits (docs/threats.md, 7).
const TicketBytes = 16

// KeyHashBytes is how much of the SHA-256 of the server's public key rides in
// the QR code. 96 bits cannot be met by search, and keep the code at version
// 3 or 4.
const KeyHashBytes = 12

// code is the alphabet of tickets and key hashes: upper case and digits, so
// that QR's alphanumeric mode packs them.
var code = base32.StdEncoding.WithPadding(base32.NoPadding)

// PathPrefix leads to the page behind a QR code; the ticket follows it.
const PathPrefix = "/Q/"

// Text is what a QR code says.
type Text struct {
	// Server is the base address in lower case, such as https://host:8443;
	// http only for a loopback host.
	Server string
	// Ticket is the secret, TicketBytes in base 32.
	Ticket string
	// KeyHash is the start of the SHA-256 of the server's public key
	// (KeyHashBytes in base 32); empty where a trusted certificate or
	// loopback makes it needless.
	KeyHash string
}

// Errors of Parse. A scanner tells the person which one it is.
var (
	ErrForeign = errors.New("not a Realname code")
	ErrDamaged = errors.New("a Realname code that is incomplete or altered")
)

// Ticket returns the wire form of ticket bytes.
func Ticket(raw []byte) string { return code.EncodeToString(raw) }

// KeyHash returns the wire form of the SHA-256 of a public key.
func KeyHash(sum []byte) string { return code.EncodeToString(sum[:KeyHashBytes]) }

// Format returns the text of a QR code in upper case. Parse gives t back.
func Format(t Text) string {
	s := strings.ToUpper(t.Server) + PathPrefix + t.Ticket
	if t.KeyHash != "" {
		s += "." + t.KeyHash
	}
	return s
}

// Parse reads the text of a QR code. It returns ErrForeign for a code that is
// not ours and ErrDamaged for one of ours that cannot be used. What it accepts,
// Format gives back in upper case.
func Parse(s string) (Text, error) {
	upper := strings.ToUpper(s)
	i := strings.LastIndex(upper, PathPrefix)
	if i < 0 || len(s) > 200 {
		return Text{}, ErrForeign
	}
	server, err := ParseServer(upper[:i])
	if err != nil {
		return Text{}, ErrForeign
	}
	ticket, keyHash, hasHash := strings.Cut(upper[i+len(PathPrefix):], ".")
	if !wellFormed(ticket, TicketBytes) || hasHash && !wellFormed(keyHash, KeyHashBytes) {
		return Text{}, ErrDamaged
	}
	return Text{Server: server, Ticket: ticket, KeyHash: keyHash}, nil
}

// ErrServer is returned for an address that is not a server's.
var ErrServer = errors.New("not the address of a server")

// ParseServer returns a base address as browsers write an origin: in lower case and
// ASCII (xn--), without its scheme's own port and a trailing slash; https, or http for a
// loopback host only.
func ParseServer(s string) (string, error) {
	u, err := url.Parse(strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "/")))
	if err != nil || u.Hostname() == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#") {
		return "", ErrServer
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !Loopback(u.Hostname())) {
		return "", ErrServer
	}
	return origin(u)
}

// origin is the address as browsers write it.
func origin(u *url.URL) (string, error) {
	host := u.Hostname()
	if strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }) {
		var err error
		if host, err = idna.Lookup.ToASCII(host); err != nil {
			return "", ErrServer
		}
	}
	if port := u.Port(); port != "" && port != standardPort[u.Scheme] {
		return u.Scheme + "://" + net.JoinHostPort(host, port), nil
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return u.Scheme + "://" + host, nil
}

// standardPort is the one that an address of a scheme need not name.
var standardPort = map[string]string{"https": "443", "http": "80"}

// ReadServer reads an address as people type it: without a scheme it is http
// for a loopback host and https for any other.
func ReadServer(typed string) (string, error) {
	s := strings.TrimSpace(typed)
	if strings.Contains(s, "://") {
		return ParseServer(s)
	}
	if server, err := ParseServer("http://" + s); err == nil {
		return server, nil
	}
	return ParseServer("https://" + s)
}

// Loopback reports whether a host name names this machine only.
func Loopback(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.") && strings.Trim(host, "0123456789.") == ""
}

func wellFormed(s string, bytes int) bool {
	raw, err := code.DecodeString(s)
	return err == nil && len(raw) == bytes && code.EncodeToString(raw) == s
}

// TypedAlphabet has the characters of a typed code: no 0, O, 1, I, L, U.
const TypedAlphabet = "ABCDEFGHJKMNPQRSTVWXYZ23456789"

// TypedLength is the number of characters of a typed code.
const TypedLength = 8

// FormatTyped groups a typed code for reading: KFRM-7TQX.
func FormatTyped(c string) string {
	if len(c) != TypedLength {
		return c
	}
	return c[:TypedLength/2] + "-" + c[TypedLength/2:]
}

// ErrTyped is returned for a text that is no typed code.
var ErrTyped = errors.New("not a typed code")

// ParseTyped reads a typed code as people type it: any case, with spaces or
// hyphens.
func ParseTyped(s string) (string, error) {
	c := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(s))
	if len(c) != TypedLength || strings.Trim(c, TypedAlphabet) != "" {
		return "", ErrTyped
	}
	return c, nil
}
