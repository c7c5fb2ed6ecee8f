// Package mail sends codes for a new password by an SMTP server of the operator's.
package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"embed"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/wneessen/go-mail"

	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
)

// How the connection to the server is kept private.
const (
	StartTLS = "starttls" // begun in clear, and nothing is said before TLS
	TLS      = "tls"      // from the first byte
	None     = "none"     // for a server on this machine
)

// Config is the operator's SMTP server.
type Config struct {
	// Address is host and port, From who writes: an address, or a name with one.
	Address, From string
	// Username is empty for a server that asks for none.
	Username string
	Password identity.PII
	// Security is StartTLS, TLS or None.
	Security string
	// Name is the server's, as the message says it.
	Name string
	// Life is how long a code lives.
	Life time.Duration
	// Roots are the authorities that the server's certificate is checked against; nil
	// for the system's.
	Roots *x509.CertPool
	// Within is how long the server may take for one step; zero for 20 s. Nothing else
	// ends a server's silence.
	Within time.Duration
}

const usualWithin = 20 * time.Second

//go:embed texts/reset.txt
var texts embed.FS

// Sender implements verify.Mail. It is safe for concurrent use.
type Sender struct {
	cfg  Config
	text *template.Template
	host string
	port int
}

// New returns a sender. It connects to nothing yet; its error is a whole sentence
// about a setting.
func New(cfg Config) (*Sender, error) {
	host, port, err := net.SplitHostPort(cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("REALNAME_SMTP_ADDRESS is %q; write host and port, such as smtp.example.org:587", cfg.Address)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 || host == "" {
		return nil, fmt.Errorf("REALNAME_SMTP_ADDRESS is %q; write host and port, such as smtp.example.org:587", cfg.Address)
	}
	s := &Sender{cfg: cfg, host: host, port: int(number)}
	if s.text, err = template.ParseFS(texts, "texts/reset.txt"); err != nil {
		return nil, fmt.Errorf("read the texts of e-mails: %w", err)
	}
	if err := mail.NewMsg().From(cfg.From); err != nil {
		return nil, fmt.Errorf("REALNAME_SMTP_FROM is %q; write an address, or a name and <an address>", cfg.From)
	}
	_, err = s.client()
	return s, err
}

// client is one connection that is not open yet.
func (s *Sender) client() (*mail.Client, error) {
	options := []mail.Option{
		mail.WithPort(s.port), mail.WithTimeout(cmp.Or(s.cfg.Within, usualWithin)),
		mail.WithTLSConfig(&tls.Config{ServerName: s.host, RootCAs: s.cfg.Roots, MinVersion: tls.VersionTLS12}),
	}
	switch s.cfg.Security {
	case StartTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case TLS:
		options = append(options, mail.WithSSL())
	case None:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		return nil, fmt.Errorf("REALNAME_SMTP_SECURITY is %q; choose one of %s, %s, %s", s.cfg.Security, StartTLS, TLS, None)
	}
	if s.cfg.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.cfg.Username), mail.WithPassword(s.cfg.Password.Reveal()))
	}
	return mail.NewClient(s.host, options...)
}

// errMessage is a message that cannot be put together: its address is none.
var errMessage = errors.New("the message could not be made")

// SendReset implements verify.Mail. Its errors hold neither address nor code.
func (s *Sender) SendReset(ctx context.Context, address, code string) error {
	m, err := s.message(address, code)
	if err != nil {
		return err
	}
	c, err := s.client()
	if err != nil {
		return err
	}
	if err := c.DialAndSendWithContext(ctx, m); err != nil {
		return fmt.Errorf("%w: e-mail: %w", verify.ErrProviderUnavailable, brief(err))
	}
	return nil
}

// message puts a code into words, in Chinese and English: nobody knows which of them
// an address reads.
func (s *Sender) message(address, code string) (*mail.Msg, error) {
	m := mail.NewMsg()
	if m.From(s.cfg.From) != nil || m.To(address) != nil {
		return nil, errMessage
	}
	var b strings.Builder
	err := s.text.Execute(&b, struct {
		Name, Code string
		Minutes    int
	}{s.cfg.Name, code, int(s.cfg.Life / time.Minute)})
	subject, body, found := strings.Cut(b.String(), "\n\n")
	if err != nil || !found {
		return nil, errMessage
	}
	m.Subject(subject)
	m.SetBodyString(mail.TypeTextPlain, body)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers it
	m.SetMessageID()
	m.SetDate()
	return m, nil
}

// brief is an SMTP server's refusal by its code alone: its words often repeat the
// address.
func brief(err error) error {
	var refused *mail.SendError
	if errors.As(err, &refused) {
		return fmt.Errorf("%s (%d)", refused.Reason, refused.ErrorCode())
	}
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return errors.New("no answer in time")
	case errors.As(err, &network):
		return errors.New("no connection")
	}
	return errors.New("the server cannot be reached as set")
}
