package client

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"strings"

	"realname.example/shared/handoff"
)

// Pin is the SHA-256 of a server's public key (its SPKI) as text: the whole
// in base64url, as api.Server.KeyHash and the apps' settings have it, or its
// start in base 32, as a QR code has it (handoff.KeyHash). Empty: not pinned.
type Pin string

// PinOf returns the whole form of a DER-encoded SubjectPublicKeyInfo.
func PinOf(spki []byte) Pin {
	sum := sha256.Sum256(spki)
	return Pin(base64.RawURLEncoding.EncodeToString(sum[:]))
}

// Short returns the form that rides in a QR code, or "" for a text that is no
// pin.
func (p Pin) Short() string {
	if sum, err := base64.RawURLEncoding.DecodeString(string(p)); err == nil && len(sum) == sha256.Size {
		return handoff.KeyHash(sum)
	}
	if len(p) == handoff.KeyHashBytes*8/5+1 {
		return strings.ToUpper(string(p))
	}
	return ""
}

// Matches reports whether both name the same key. Where one is the short form,
// its 96 bits decide.
func (p Pin) Matches(other Pin) bool {
	if len(p) == len(other) && p == other {
		return p != ""
	}
	short := p.Short()
	return short != "" && len(p) != len(other) && short == other.Short()
}

// Fingerprint returns the pin in groups of four for people to compare. Both
// forms of a pin have the same fingerprint.
func (p Pin) Fingerprint() string {
	short := p.Short()
	var groups []string
	for i := 0; i < len(short); i += 4 {
		groups = append(groups, short[i:min(i+4, len(short))])
	}
	return strings.Join(groups, " ")
}

// pinOf returns the pin of a certificate's key.
func pinOf(cert *x509.Certificate) Pin { return PinOf(cert.RawSubjectPublicKeyInfo) }
