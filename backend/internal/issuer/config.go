package issuer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-openapi/jsonpointer"

	"realname.example/shared/handoff"
	"realname.example/shared/identity"
)

// Use is what an issuer is asked for.
type Use string

// The uses.
const (
	UseSignIn    Use = "sign_in"   // its people may sign in here
	UseAffiliate Use = "affiliate" // it vouches for the identity of its people
)

// Name is what people read, by language.
type Name struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Config is one issuer, as an entry of the file of REALNAME_ISSUERS names it.
type Config struct {
	// ID is how paths, rows and logs name it: small letters, digits, - and _.
	ID   string `json:"id"`
	Name Name   `json:"name"`
	// Issuer is its address, letter for letter as its metadata and tokens say it.
	Issuer   string `json:"issuer"`
	ClientID string `json:"client_id"`
	// ClientSecretFile holds the secret; empty for a public client.
	ClientSecretFile string `json:"client_secret_file"`
	Use              []Use  `json:"use"`
	// Scopes are asked for beside openid; none: what the issuer offers of profile,
	// offline_access, and email for a sign-in (for a link only where a mail server is set).
	Scopes []string `json:"scopes"`
	// RedirectPort is the one that the desktop has to listen on; 0 for any.
	RedirectPort int `json:"redirect_port"`
	// Device says that people may link it by a code that another device scans.
	Device bool `json:"device"`
	// TrustFrameworks are those whose verified claims count.
	TrustFrameworks []string `json:"trust_frameworks"`
	// MaxAge is how old a verification there may be, in seconds; 0 for any age.
	MaxAge int64 `json:"max_age"`
	// Number is a JSON pointer (RFC 6901) into verified_claims, to the ID number.
	Number string `json:"number"`

	// Secret is the content of ClientSecretFile.
	Secret identity.PII `json:"-"`
}

// For reports whether the issuer has a use.
func (c Config) For(u Use) bool { return slices.Contains(c.Use, u) }

// age is MaxAge as a length of time.
func (c Config) age() time.Duration { return time.Duration(c.MaxAge) * time.Second }

// maxFile bounds the file of issuers and those of their secrets.
const maxFile = 1 << 20

// ReadFile reads the file of REALNAME_ISSUERS and the secrets that it names. It
// connects to nothing. Each wrong entry has its own sentence, which names it; all
// are reported.
func ReadFile(path string) ([]Config, error) {
	data, err := readSmall(path)
	if err != nil {
		return nil, fmt.Errorf("REALNAME_ISSUERS cannot be read: %w", err)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("REALNAME_ISSUERS: %s is no JSON list of issuers: %w", path, err)
	}
	var (
		all  []Config
		errs []error
	)
	for i, entry := range raw {
		c, err := readEntry(entry)
		if err == nil {
			err = c.distinct(all)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("REALNAME_ISSUERS: %s: %w", entryName(i, entry), err))
		}
		all = append(all, c)
	}
	return all, errors.Join(errs...)
}

// entryName says which entry a sentence is about: its place, and its id where it
// has one.
func entryName(i int, entry []byte) string {
	var named struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(entry, &named) != nil || named.ID == "" {
		return fmt.Sprintf("entry %d", i+1)
	}
	return fmt.Sprintf("entry %d (%s)", i+1, named.ID)
}

func readEntry(entry []byte) (Config, error) {
	var c Config
	d := json.NewDecoder(bytes.NewReader(entry))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("%w; docs/connect.md lists the keys", err)
	}
	if err := c.check(); err != nil {
		return c, err
	}
	if c.ClientSecretFile == "" {
		return c, nil
	}
	secret, err := readSmall(c.ClientSecretFile)
	if err != nil {
		return c, fmt.Errorf("client_secret_file cannot be read: %w", err)
	}
	c.Secret = identity.NewPII(strings.TrimSpace(string(secret)))
	if c.Secret.Empty() {
		return c, errors.New("client_secret_file is empty; leave it out for a client without a secret")
	}
	return c, nil
}

func readSmall(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(data) > maxFile {
		return nil, fmt.Errorf("%s has more than %d bytes", path, maxFile)
	}
	return data, err
}

// distinct refuses an entry that another one before it would be taken for.
func (c Config) distinct(before []Config) error {
	for i, other := range before {
		switch {
		case c.ID == other.ID:
			return fmt.Errorf("entry %d has the same id", i+1)
		case c.Issuer == other.Issuer && c.shares(other):
			return fmt.Errorf("entry %d has the same issuer and use; one person would have two links", i+1)
		}
	}
	return nil
}

// shares reports whether two entries have a use in common.
func (c Config) shares(other Config) bool { return slices.ContainsFunc(c.Use, other.For) }

// idCharacters are those of an id that stands in a path.
const idCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-_"

// check refuses an entry that cannot work.
func (c Config) check() error {
	switch {
	case c.ID == "" || len(c.ID) > 64 || strings.Trim(c.ID, idCharacters) != "":
		return errors.New("id is missing, or has other characters than small letters, digits, - and _")
	case c.Name.ZH == "" || c.Name.EN == "":
		return errors.New("name needs zh and en, what people read")
	case c.ClientID == "":
		return errors.New("client_id is missing; the issuer gave one when this server was registered there")
	case c.RedirectPort < 0 || c.RedirectPort > 65535:
		return fmt.Errorf("redirect_port is %d; write a port, or 0 for any", c.RedirectPort)
	case c.MaxAge < 0:
		return fmt.Errorf("max_age is %d; write seconds, or 0 for any age", c.MaxAge)
	}
	if err := checkAddress(c.Issuer, ""); err != nil {
		return fmt.Errorf("issuer: %w", err)
	}
	if u, _ := url.Parse(c.Issuer); u.RawQuery != "" || u.Fragment != "" {
		return errors.New("issuer: it has a query or a fragment, which no issuer has")
	}
	return errors.Join(c.checkUse(), c.checkScopes(), c.checkClaims())
}

func (c Config) checkUse() error {
	if len(c.Use) == 0 {
		return errors.New(`use is empty; write ["sign_in"], ["affiliate"] or both`)
	}
	for i, u := range c.Use {
		switch {
		case u != UseSignIn && u != UseAffiliate:
			return fmt.Errorf("use: %q is neither sign_in nor affiliate", u)
		case slices.Contains(c.Use[:i], u):
			return fmt.Errorf("use: %s is there twice", u)
		}
	}
	return nil
}

func (c Config) checkScopes() error {
	for _, s := range c.Scopes {
		if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
			return fmt.Errorf("scopes: %q is no scope", s)
		}
	}
	return nil
}

// checkClaims refuses an affiliate whose verified claims could not be judged.
func (c Config) checkClaims() error {
	if !c.For(UseAffiliate) && c.Device {
		return errors.New("device is for affiliates; a sign-in is answered on the person's own PC")
	}
	if !c.For(UseAffiliate) {
		return nil
	}
	if len(c.TrustFrameworks) == 0 || slices.Contains(c.TrustFrameworks, "") {
		return errors.New("trust_frameworks names none; an affiliate counts only under those that are named")
	}
	if c.Number == "" {
		return errors.New("number is missing; it is the JSON pointer from verified_claims to the ID number")
	}
	if _, err := jsonpointer.New(c.Number); err != nil {
		return fmt.Errorf("number: %w", err)
	}
	return nil
}

// checkAddress refuses an address over which a token could be read: only
// loopback speaks plain HTTP, and only for an issuer (of) on loopback.
func checkAddress(address, of string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return fmt.Errorf("%q is no address; write it as https://host/path", address)
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && handoff.Loopback(u.Hostname()) && (of == "" || onLoopback(of)):
		return nil
	}
	return fmt.Errorf("%q is not https; only loopback may be plain", address)
}

func onLoopback(address string) bool {
	u, err := url.Parse(address)
	return err == nil && handoff.Loopback(u.Hostname())
}
