package client

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// UnreachableError says that no usable answer came: no network, no server, or
// a proxy that answered in its place. The call may or may not have arrived.
type UnreachableError struct {
	// Err is what the transport said; for logs, not for people.
	Err error
}

// ErrNotBackend is inside an UnreachableError where something did answer, but
// not a backend of Realname.
var ErrNotBackend = errors.New("the answer is not the backend's")

// Foreign is what answered in the backend's place.
type Foreign string

// The foreign answers.
const (
	TooLarge Foreign = "too_large" // a proxy takes no body of that size (413)
	Gateway  Foreign = "gateway"   // a proxy is there, the backend behind it is not (5xx)
	Portal   Foreign = "portal"    // sent elsewhere, as where a network wants a sign-in (3xx, 511)
	Page     Foreign = "page"      // anything else, such as another program on the port
)

// ForeignError is inside an UnreachableError where something answered in the
// backend's place. Only a Gateway may be over by itself a moment later.
type ForeignError struct {
	Kind Foreign
	// Status is the HTTP status.
	Status int
}

// Error implements error.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("a foreign answer (%s, status %d)", e.Kind, e.Status)
}

// Is reports that a page or portal is ErrNotBackend.
func (e *ForeignError) Is(target error) bool {
	return target == ErrNotBackend && (e.Kind == Portal || e.Kind == Page)
}

// foreign returns the error of an answer that is not the backend's.
func foreign(status int) error {
	kind := Page
	switch {
	case status == http.StatusRequestEntityTooLarge:
		kind = TooLarge
	case status >= 300 && status < 400, status == http.StatusNetworkAuthenticationRequired:
		kind = Portal
	case status >= http.StatusInternalServerError:
		kind = Gateway
	}
	return &UnreachableError{Err: &ForeignError{Kind: kind, Status: status}}
}

// CertificateFault is what is wrong with a certificate.
type CertificateFault string

// The faults of a certificate.
const (
	Expired          CertificateFault = "expired"
	NotYetValid      CertificateFault = "not_yet_valid"
	OtherName        CertificateFault = "other_name"
	UnknownAuthority CertificateFault = "unknown_authority"
	Unusable         CertificateFault = "unusable" // anything else
)

// CertificateError is inside an UnreachableError where a server's certificate is
// by an authority and not good. There is no key to confirm: that would go past
// the authority. Nothing was sent.
type CertificateError struct{ Fault CertificateFault }

// Error implements error.
func (e *CertificateError) Error() string { return "server certificate refused: " + string(e.Fault) }

// Error implements error.
func (e *UnreachableError) Error() string { return "server unreachable: " + e.Err.Error() }

// Unwrap returns what the transport said.
func (e *UnreachableError) Unwrap() error { return e.Err }

// KeyUnknownError says that a server presented a key of its own (self-signed) that
// nobody has confirmed. Nothing was sent. Once the person has
// compared the fingerprint, Presented goes into Config.Pin.
type KeyUnknownError struct {
	Presented Pin
}

// Error implements error.
func (e *KeyUnknownError) Error() string {
	return "server key not confirmed: " + e.Presented.Fingerprint()
}

// KeyChangedError says that a server presented another key than the pinned
// one. Nothing was sent.
type KeyChangedError struct {
	Pinned, Presented Pin
}

// Error implements error.
func (e *KeyChangedError) Error() string {
	return fmt.Sprintf("server key changed: %s, expected %s", e.Presented.Fingerprint(), e.Pinned.Fingerprint())
}

// transportError turns what http.Client.Do returned into one of the errors of
// this package.
func transportError(err error) error {
	var changed *KeyChangedError
	if errors.As(err, &changed) {
		return changed
	}
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) && len(untrusted.UnverifiedCertificates) > 0 {
		return untrustedError(untrusted.UnverifiedCertificates[0], untrusted.Err)
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return &UnreachableError{Err: fmt.Errorf("%w: %w", ErrNotBackend, err)}
	}
	return &UnreachableError{Err: err}
}

// untrustedError tells a key that a person may confirm from a certificate that an
// authority should have made better. A self-signed certificate says nothing but
// its key: names and dates in it are nobody's word, and the pin replaces them.
func untrustedError(cert *x509.Certificate, why error) error {
	if bytes.Equal(cert.RawIssuer, cert.RawSubject) && cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil {
		return &KeyUnknownError{Presented: pinOf(cert)}
	}
	fault := Unusable
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(why, &invalid) && invalid.Reason == x509.Expired:
		fault = Expired
		if cert.NotAfter.After(time.Now()) { // Go has one reason for both ends
			fault = NotYetValid
		}
	case errors.As(why, new(x509.HostnameError)):
		fault = OtherName
	case errors.As(why, new(x509.UnknownAuthorityError)):
		fault = UnknownAuthority
	}
	return &UnreachableError{Err: &CertificateError{Fault: fault}}
}

// retryable reports whether the same call may bring an answer a moment later.
func retryable(err error) bool {
	var unreachable *UnreachableError
	return errors.As(err, &unreachable) && !Lasting(err)
}

// Lasting reports whether an error stays until somebody does something about it:
// a foreign answer that is no gateway's, or a certificate. To send the same again
// by oneself is of no use.
func Lasting(err error) bool {
	var other *ForeignError
	var certificate *CertificateError
	return errors.As(err, &other) && other.Kind != Gateway || errors.As(err, &certificate) || errors.Is(err, ErrNotBackend)
}
