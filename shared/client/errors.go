package client

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
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

// Error implements error.
func (e *UnreachableError) Error() string { return "server unreachable: " + e.Err.Error() }

// Unwrap returns what the transport said.
func (e *UnreachableError) Unwrap() error { return e.Err }

// KeyUnknownError says that a server presented a key that no authority vouches
// for and that nobody has confirmed. Nothing was sent. Once the person has
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
		return &KeyUnknownError{Presented: pinOf(untrusted.UnverifiedCertificates[0])}
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return &UnreachableError{Err: fmt.Errorf("%w: %w", ErrNotBackend, err)}
	}
	return &UnreachableError{Err: err}
}

// retryable reports whether the same call may bring an answer a moment later.
func retryable(err error) bool {
	var unreachable *UnreachableError
	return errors.As(err, &unreachable)
}
