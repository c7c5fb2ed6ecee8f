package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/template"
	"time"

	"github.com/go-openapi/jsonpointer"
	"golang.org/x/net/http/httpguts"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/shared/handoff"
)

// Description is the file that REALNAME_SMS_HTTP names. Address, Headers, Body
// and Text are templates (Go's text/template) with .Mobile, .E164, .Code,
// .Minutes, .Reset (true where the code sets a new password) and, but for Text
// itself, .Text; "json" writes a value as JSON,
// "urlquery" as a part of an address, and "secret" is the content of a file of
// Secrets.
type Description struct {
	// Method is POST where it is empty.
	Method  string            `json:"method"`
	Address string            `json:"address"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	// Text is the message that people read; plainText where it is empty.
	Text string `json:"text"`
	// Secrets names files by the names that "secret" takes.
	Secrets map[string]string `json:"secrets"`
	Success Success           `json:"success"`
	// Code is a JSON pointer (RFC 6901) to the gateway's own code in its answer,
	// and Codes says what each means.
	Code  string             `json:"code"`
	Codes map[string]Meaning `json:"codes"`
}

// Success is an answer that took the message on.
type Success struct {
	// Status lists the HTTP statuses; 200 where it is empty.
	Status []int `json:"status"`
	// Pointer is a JSON pointer, and Values what may stand there; empty where
	// the status alone says it.
	Pointer string   `json:"pointer"`
	Values  []string `json:"values"`
}

// Meaning is what a gateway's code says.
type Meaning string

// The meanings of a refusal.
const (
	IllegalNumber Meaning = "illegal_number" // no number, or one that is out of service
	Blocked       Meaning = "blocked"        // on the gateway's list, or it asked for no messages
	Limit         Meaning = "limit"          // the gateway's own cap for the number is reached
	TryAgain      Meaning = "try_again"      // the gateway is busy
)

// Config says which gateway, and what a code's life is.
type Config struct {
	// File is the path of the Description.
	File string
	// Life is how long a code lives; the message says it in minutes.
	Life time.Duration
	Now  func() time.Time
}

// plainText is what people read where the file has no text of its own, nor a
// signature, which many gateways put before it.
const plainText = "{{if .Reset}}重设密码的{{end}}验证码 {{.Code}}，{{.Minutes}} 分钟内有效，请勿告诉他人。"

// New reads a description and tries its templates. It connects to nothing. The
// error is a whole sentence.
func New(cfg Config) (*Gateway, error) {
	data, err := os.ReadFile(cfg.File)
	if err != nil {
		return nil, fmt.Errorf("the SMS gateway's file cannot be read: %w", err)
	}
	d := Description{Method: http.MethodPost}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return nil, fmt.Errorf("%s is no description of an SMS gateway: %w", cfg.File, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s has something behind its description", cfg.File)
	}
	g := &Gateway{description: d, way: cloud.NewClient(), minutes: int(cfg.Life / time.Minute), now: cfg.Now}
	if err := g.prepare(); err != nil {
		return nil, fmt.Errorf("%s: %w", cfg.File, err)
	}
	return g, nil
}

// prepare checks the description and parses what is in it.
func (g *Gateway) prepare() (err error) {
	if len(g.description.Success.Status) == 0 {
		g.description.Success.Status = []int{http.StatusOK}
	}
	if g.description.Text == "" {
		g.description.Text = plainText
	}
	d := g.description
	if d.Success.Pointer != "" && len(d.Success.Values) == 0 {
		return errors.New("success.pointer needs success.values, what stands there when a message was taken on")
	}
	if len(d.Codes) > 0 && d.Code == "" {
		return errors.New("codes needs code, the pointer to where they stand in an answer")
	}
	for code, m := range d.Codes {
		switch m {
		case IllegalNumber, Blocked, Limit, TryAgain:
		default:
			return fmt.Errorf("codes: %q of code %s is none of illegal_number, blocked, limit, try_again", m, code)
		}
	}
	if g.success, err = jsonpointer.New(d.Success.Pointer); err != nil {
		return fmt.Errorf("success.pointer: %w", err)
	}
	if g.code, err = jsonpointer.New(d.Code); err != nil {
		return fmt.Errorf("code: %w", err)
	}
	if err := g.parse(); err != nil {
		return err
	}
	return g.try()
}

// parse makes the templates.
func (g *Gateway) parse() error {
	secrets := map[string]string{}
	for name, file := range g.description.Secrets {
		data, err := os.ReadFile(file) //nolint:gosec // the operator names the files in a file of their own
		if err != nil {
			return fmt.Errorf("secret %s cannot be read: %w", name, err)
		}
		secrets[name] = strings.TrimSpace(string(data))
	}
	g.parts = template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"json": func(v any) (string, error) {
			data, err := json.Marshal(v)
			return string(data), err
		},
		"secret": func(name string) (string, error) {
			if secret, has := secrets[name]; has {
				return secret, nil
			}
			return "", fmt.Errorf("secrets has no %q", name)
		},
	})
	texts := map[string]string{"address": g.description.Address, "body": g.description.Body, "text": g.description.Text}
	for name, text := range g.description.Headers {
		texts["header "+name] = text
	}
	for name, text := range texts {
		if _, err := g.parts.New(name).Parse(text); err != nil {
			return fmt.Errorf("the template of %s cannot be read: %w", name, err)
		}
	}
	return nil
}

var errNoAddress = errors.New("address is no http or https address")

// try makes the request of a message that is nobody's, so that what is wrong in the
// templates is said at the start.
func (g *Gateway) try() error {
	m := message{Mobile: "13800000000", E164: "+8613800000000", Code: "427183", Minutes: g.minutes}
	r, err := g.request(context.Background(), m)
	var noAddress *url.Error // says the address, in which a secret may stand
	switch {
	case errors.As(err, &noAddress):
		return errNoAddress
	case err != nil:
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	sent := r.URL.String() + string(body)
	for name, values := range r.Header {
		if !httpguts.ValidHeaderFieldName(name) {
			return fmt.Errorf("no header can be called %q", name)
		}
		if !httpguts.ValidHeaderFieldValue(values[0]) {
			return fmt.Errorf("what the template makes cannot stand in the header %s: it has several lines, or a character without a form", name)
		}
		sent += values[0]
	}
	switch u := r.URL; {
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errNoAddress
	case u.Scheme == "http" && !handoff.Loopback(u.Hostname()):
		return errors.New("address must begin with https: codes and numbers would travel in clear")
	case !strings.Contains(sent, m.Code):
		return errors.New("address, headers and body have neither {{.Code}} nor {{.Text}} with it: the code would never arrive")
	}
	return nil
}
