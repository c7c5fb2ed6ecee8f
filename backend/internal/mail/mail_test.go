package mail_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"realname.example/backend/internal/mail"
	"realname.example/backend/internal/mail/mailtest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
)

const address, code = "Zhang.Wei@example.org", "042137"

// sender writes by a server as an operator would set it.
func sender(t *testing.T, server *mailtest.Server, change ...func(*mail.Config)) *mail.Sender {
	t.Helper()
	cfg := mail.Config{
		Address: server.Address, From: "实名示例 <no-reply@example.org>", Username: mailtest.Username,
		Password: identity.NewPII(mailtest.Password), Security: mail.StartTLS, Name: "示例 Example", Life: 5 * time.Minute, Roots: server.Roots(),
	}
	for _, c := range change {
		c(&cfg)
	}
	s, err := mail.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestACodeArrivesInBothLanguagesOverTLS(t *testing.T) {
	server := mailtest.New(t, false)
	if err := sender(t, server).SendReset(t.Context(), address, code); err != nil {
		t.Fatal(err)
	}
	box := server.Box(address)
	if len(box) != 1 || !box[0].TLS || server.Auths() != 1 {
		t.Fatalf("%d messages, %d signed in: %+v", len(box), server.Auths(), box)
	}
	m := box[0]
	for _, says := range []string{"重设密码", "验证码：042137", "The code: 042137", "5 分钟", "5 minutes", "示例 Example", "密码不会改变", "the password stays as it is"} {
		if !strings.Contains(m.Text, says) {
			t.Errorf("does not say %q:\n%s", says, m.Text)
		}
	}
	if m.Subject != "示例 Example：重设密码的验证码 / a code for a new password" || strings.Contains(m.Subject, code) || strings.Contains(m.Text, "{{") {
		t.Errorf("is called %q", m.Subject)
	}
	if m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Message-ID") == "" || m.Header.Get("Date") == "" || !strings.Contains(m.From, "no-reply@example.org") {
		t.Errorf("headers are %v", m.Header)
	}
}

func TestARelayOnThisMachineNeedsNoName(t *testing.T) {
	server := mailtest.New(t, true)
	s := sender(t, server, func(c *mail.Config) { c.Username, c.Password, c.Security = "", identity.PII{}, mail.None })
	if err := s.SendReset(t.Context(), address, code); err != nil || len(server.Box(address)) != 1 {
		t.Errorf("%v, %d messages", err, len(server.Box(address)))
	}
}

// Whatever the server does instead of taking a message: no message, and nothing of the
// person in the error.
func TestTroubleIsToldWithoutThePerson(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	for name, test := range map[string]struct {
		open   bool
		refuse *smtp.SMTPError
		change func(*mail.Config)
		says   string
	}{
		"another password": {change: func(c *mail.Config) { c.Password = identity.NewPII("another") }},
		"no password":      {change: func(c *mail.Config) { c.Username = "" }},
		"no such box":      {refuse: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user " + address}, change: func(*mail.Config) {}, says: "550"},
		"come again":       {refuse: &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted " + address}, change: func(*mail.Config) {}, says: "451"},
		"without TLS":      {open: true, change: func(c *mail.Config) { c.Username = "" }},
		"not trusted":      {change: func(c *mail.Config) { c.Roots = nil }},
		"nobody listens":   {change: func(c *mail.Config) { c.Address = closed.Addr().String() }, says: "no connection"},
		"silence":          {change: func(c *mail.Config) { c.Address, c.Within = silent.Addr().String(), 200*time.Millisecond }, says: "no answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			server := mailtest.New(t, test.open)
			server.Refuse = test.refuse
			s := sender(t, server, test.change)
			err := s.SendReset(t.Context(), address, code)
			if !errors.Is(err, verify.ErrProviderUnavailable) || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("got %v", err)
			}
			for _, secret := range []string{"Zhang", code, mailtest.Password} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells of %q", secret)
				}
			}
			if len(server.Box(address)) != 0 {
				t.Error("a message arrived nevertheless")
			}
		})
	}
}

func TestWhatIsNoAddressGetsNothing(t *testing.T) {
	server := mailtest.New(t, false)
	s := sender(t, server)
	for _, bad := range []string{"", "no address", "a@example.org, b@example.org", "a@example.org\r\nBcc: b@example.org", "<script>"} {
		if err := s.SendReset(t.Context(), bad, code); err == nil {
			t.Errorf("%q got a message", bad)
		}
	}
	if server.Auths() != 0 {
		t.Error("the server was asked")
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	for says, change := range map[string]func(*mail.Config){
		"REALNAME_SMTP_ADDRESS is":  func(c *mail.Config) { c.Address = "smtp.example.org" },
		"such as smtp.example.org":  func(c *mail.Config) { c.Address = "smtp.example.org:mail" },
		"REALNAME_SMTP_FROM is":     func(c *mail.Config) { c.From = "nobody" },
		"REALNAME_SMTP_SECURITY is": func(c *mail.Config) { c.Security = "ssl" },
	} {
		cfg := mail.Config{Address: "127.0.0.1:25", From: "a@example.org", Security: mail.None}
		change(&cfg)
		if _, err := mail.New(cfg); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}
