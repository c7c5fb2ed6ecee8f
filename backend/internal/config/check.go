package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"realname.example/shared/handoff"
)

// Check refuses settings that cannot work, and in production those that
// must not run. Each wrong value has its own sentence; all are reported.
func (c Config) Check() error {
	errs := []error{c.checkListen(), c.checkAddresses(), c.checkProviders(), c.checkSignIn(), c.checkMail(), c.checkVerify()}
	if c.Mode == Production {
		errs = append(errs, c.checkProduction()...)
	}
	return errors.Join(errs...)
}

// ListenHost returns the host part of Listen.
func (c Config) ListenHost() string {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return ""
	}
	return host
}

// checkMail refuses a mail server that could not be written by, or that would be told
// codes and the password in clear over a network.
func (c Config) checkMail() error {
	if !c.Mails() {
		return nil
	}
	host, _, err := net.SplitHostPort(c.SMTP.Address)
	switch {
	case c.SMTP.From == "":
		return errors.New("REALNAME_SMTP_FROM is not set, and REALNAME_SMTP_ADDRESS cannot work without it")
	case err == nil && c.SMTP.Security == "none" && !handoff.Loopback(host):
		return errors.New("REALNAME_SMTP_SECURITY is none, and the mail server is not on this machine; choose starttls or tls")
	case (c.SMTP.Username == "") != c.SMTP.Password.Empty():
		return errors.New("REALNAME_SMTP_USERNAME and REALNAME_SMTP_PASSWORD belong together; set both or neither")
	case !c.Passwords():
		return errors.New("REALNAME_SMTP_ADDRESS sends codes for a new password, and REALNAME_SIGN_IN=issuers has no passwords; unset one of them")
	}
	return nil
}

// Plain reports whether the listener speaks HTTP without TLS: on loopback where
// no certificate is configured, and elsewhere where that is asked for.
func (c Config) Plain() bool {
	return c.ListenPlain || handoff.Loopback(c.ListenHost()) && c.TLSCert == ""
}

func (c Config) checkListen() error {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil || port == "" {
		return fmt.Errorf("REALNAME_LISTEN is %q; write it as 127.0.0.1:8080 or 0.0.0.0:8443", c.Listen)
	}
	if c.ListenPlain && !handoff.Loopback(host) && !strings.HasPrefix(c.PublicURL, "https://") {
		return errors.New("REALNAME_LISTEN_PLAIN is set, and phones speak TLS alone; set REALNAME_PUBLIC_URL to the https address of the proxy before this server")
	}
	if c.Mode == Sandbox && !c.SandboxPublic && !privateHost(host) {
		return fmt.Errorf("the sandbox refuses to serve the public address %s; its people and codes are open to everyone. "+
			"Listen on a loopback or private address, or set REALNAME_SANDBOX_PUBLIC=1", c.Listen)
	}
	return nil
}

// privateHost reports whether a listener's host is not a public address. The
// unspecified address is judged by the machine's own addresses.
func privateHost(host string) bool {
	if handoff.Loopback(host) {
		return true
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		addresses, err := net.InterfaceAddrs()
		if err != nil {
			return false
		}
		return !slices.ContainsFunc(addresses, func(a net.Addr) bool {
			prefix, err := netip.ParsePrefix(a.String())
			return err != nil || !privateAddress(prefix.Addr())
		})
	}
	address, err := netip.ParseAddr(host)
	return err == nil && privateAddress(address)
}

func privateAddress(a netip.Addr) bool {
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
}

// leastUploadMemory lets one whole upload in, in MB.
const leastUploadMemory = 16

func (c Config) checkAddresses() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("REALNAME_TLS_CERT and REALNAME_TLS_KEY belong together; set both or neither")
	}
	if c.DatabaseURL != "" && !strings.HasPrefix(c.DatabaseURL, "postgres://") && !strings.HasPrefix(c.DatabaseURL, "postgresql://") {
		return errors.New("REALNAME_DATABASE_URL is not an address of PostgreSQL; write it as postgres://user@host/name, or leave it empty for SQLite")
	}
	if c.ListenDatabaseURL != "" && (c.DatabaseURL == "" || !strings.HasPrefix(c.ListenDatabaseURL, "postgres://") && !strings.HasPrefix(c.ListenDatabaseURL, "postgresql://")) {
		return errors.New("REALNAME_LISTEN_DATABASE_URL leads to the PostgreSQL of REALNAME_DATABASE_URL past its pooler; write it as postgres://user@host/name, or leave it empty")
	}
	if c.UploadMemory < leastUploadMemory {
		return fmt.Errorf("REALNAME_UPLOAD_MEMORY is %d; one upload may have 13 MB, so leave %d at least", c.UploadMemory, leastUploadMemory)
	}
	if c.Data == "" {
		return errors.New("REALNAME_DATA is empty; name a folder")
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.LogLevel) {
		return fmt.Errorf("REALNAME_LOG_LEVEL is %q; use debug, info, warn or error", c.LogLevel)
	}
	return nil
}

func (c Config) checkSignIn() error {
	switch {
	case !slices.Contains([]string{SignInPassword, SignInIssuers, SignInBoth}, c.SignIn):
		return fmt.Errorf("REALNAME_SIGN_IN is %q; use password, issuers or both", c.SignIn)
	case c.IssuerSignIn() && c.Issuers == "":
		return fmt.Errorf("REALNAME_SIGN_IN is %s, and REALNAME_ISSUERS names no file of issuers; set it, or use password", c.SignIn)
	}
	return nil
}

func (c Config) checkVerify() error {
	v := c.Verify
	switch {
	case len(v.FaceActions) == 0 || v.FaceActionCount == 0:
		return errors.New("REALNAME_FACE_ACTIONS leaves no action to ask for")
	case v.FaceActionCount > len(v.FaceActions):
		return fmt.Errorf("REALNAME_FACE_ACTION_COUNT asks for %d different actions, but REALNAME_FACE_ACTIONS lists %d",
			v.FaceActionCount, len(v.FaceActions))
	case v.CodeGuesses == 0:
		return errors.New("REALNAME_CODE_GUESSES is 0; nobody could type a code")
	case v.FaceAttempts == 0:
		return errors.New("REALNAME_FACE_ATTEMPTS is 0; nobody could scan a face")
	}
	return nil
}
