package aliyuntest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// skew is how far the clocks may be apart.
const skew = 15 * time.Minute

// versions are those of each action here.
var versions = map[string]string{
	"Mobile3MetaDetailVerify": "2019-03-07",
	"Id2MetaVerify":           "2019-03-07",
	"SendSms":                 "2017-05-25",
	"QuerySendDetails":        "2017-05-25",
	"ContrastFaceVerify":      "2019-03-07",
}

// authorization is the form of the header that carries the signature.
var authorization = regexp.MustCompile(`^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([a-z0-9;-]+),Signature=([0-9a-f]{64})$`)

// protocol remembers nonces, since each is good once.
type protocol struct{ nonces sync.Map }

// Verify implements providertest.Protocol: version 3 of the provider's
// signatures, from its public description.
func (p *protocol) Verify(r *http.Request, body []byte, now time.Time) error {
	action := r.Header.Get("x-acs-action")
	form := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	version, known := versions[action]
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/":
		return fmt.Errorf("%s %s is not how it is asked", r.Method, r.URL.Path)
	case form == nil:
		return errors.New("no signature in the right form")
	case form[1] != KeyID:
		return errors.New("another key")
	case !known || r.Header.Get("x-acs-version") != version:
		return fmt.Errorf("%s is not of %s", action, r.Header.Get("x-acs-version"))
	}
	at, err := time.Parse("2006-01-02T15:04:05Z", r.Header.Get("x-acs-date"))
	if err != nil || now.Sub(at).Abs() > skew {
		return errors.New("not signed now")
	}
	if err := verify(r, body, KeySecret, strings.Split(form[2], ";"), form[3]); err != nil {
		return err
	}
	if _, used := p.nonces.LoadOrStore(r.Header.Get("x-acs-signature-nonce"), true); used {
		return errors.New("the nonce was used")
	}
	return nil
}

// verify compares the signature of a request with the one it should have.
func verify(r *http.Request, body []byte, secret string, signed []string, signature string) error {
	for name := range r.Header {
		name = strings.ToLower(name)
		if (strings.HasPrefix(name, "x-acs-") || name == "content-type") && !slices.Contains(signed, name) {
			return fmt.Errorf("%s is not signed", name)
		}
	}
	for _, name := range []string{"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"} {
		if !slices.Contains(signed, name) {
			return fmt.Errorf("%s is not signed", name)
		}
	}
	if !slices.IsSorted(signed) || r.Header.Get("x-acs-content-sha256") != digest(body) {
		return errors.New("the body is another")
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n%s\n%s\n", r.Method, r.URL.EscapedPath(), canonicalQuery(r.URL.RawQuery))
	for _, name := range signed {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		fmt.Fprintf(&text, "%s:%s\n", name, strings.TrimSpace(value))
	}
	fmt.Fprintf(&text, "\n%s\n%s", strings.Join(signed, ";"), digest(body))
	m := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(m, "ACS3-HMAC-SHA256\n%s", digest([]byte(text.String())))
	if hex.EncodeToString(m.Sum(nil)) != signature {
		return errors.New("the signature does not fit")
	}
	return nil
}

// canonicalQuery sorts the parameters of a query and escapes every byte but
// A-Z a-z 0-9 - _ . ~.
func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		pairs[i] = reescape(name) + "=" + reescape(value)
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func reescape(text string) string {
	const hexadecimal = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(text):
			var octet byte
			if n, err := fmt.Sscanf(text[i+1:i+3], "%02x", &octet); n == 1 && err == nil {
				c, i = octet, i+2
			}
		}
		if c < 0x80 && strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~", rune(c)) {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hexadecimal[c>>4], hexadecimal[c&15]})
	}
	return b.String()
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
