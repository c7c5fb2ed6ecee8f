package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"code.dny.dev/ssrf"
	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"realname.example/backend/internal/service"
	"realname.example/shared/version"
)

// Limits of one try.
const (
	answerWithin = 10 * time.Second
	maxAnswer    = 64 << 10
)

// Sender sends one event.
type Sender struct {
	http *http.Client
	now  func() time.Time
}

// Network is what a Sender reaches.
type Network struct {
	// Loopback lets it reach this machine, as in a sandbox.
	Loopback bool
	// Resolver finds the addresses of names; nil for the system's.
	Resolver *net.Resolver
}

// NewSender returns a Sender. Where it dials, each address is looked at after
// the name was resolved: one that is not of the internet is refused, whatever
// the name said before.
func NewSender(now func() time.Time, n Network) *Sender {
	options := []ssrf.Option{ssrf.WithAnyPort()}
	if n.Loopback {
		options = append(options, ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.0/8")),
			ssrf.WithAllowedV6Prefixes(netip.MustParsePrefix("::1/128")))
	}
	dialer := &net.Dialer{Timeout: answerWithin, Resolver: n.Resolver, Control: ssrf.New(options...).Safe}
	return &Sender{now: now, http: &http.Client{
		Timeout: answerWithin,
		// A proxy would dial in our place, where nobody looks.
		Transport: &http.Transport{
			Proxy: nil, DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: answerWithin,
			MaxIdleConnsPerHost: sendersPerService, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: maxAnswer,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// message is what a service receives; it holds nothing personal.
type message struct {
	Type      service.EventType `json:"type"`
	Timestamp time.Time         `json:"timestamp"`
	Data      data              `json:"data"`
}

type data struct {
	Subject string `json:"sub"`
	// Number is that of GET /v1/service/events.
	Number int64 `json:"number"`
}

// DownError is a receiver that did not answer at all, or said that it cannot
// now: it is left alone for a while.
type DownError struct{ Err error }

// Error implements error.
func (e *DownError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *DownError) Unwrap() error { return e.Err }

// Send sends an event. The error is *DownError where nothing else would get
// through either; any other is about this event.
func (s *Sender) Send(ctx context.Context, to service.Service, e service.Event) error {
	body, err := json.Marshal(message{Type: e.Type, Timestamp: e.At.UTC(), Data: data{Subject: e.Subject, Number: e.Number}})
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.Webhook, bytes.NewReader(body))
	if err != nil {
		return &DownError{err}
	}
	now := s.now()
	signature, err := sign(to, e.ID, now, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Realname/"+version.Number())
	r.Header.Set("webhook-id", e.ID)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("webhook-signature", signature)
	answer, err := s.http.Do(r)
	if err != nil {
		return &DownError{reason(err)}
	}
	defer func() { _ = answer.Body.Close() }() // what was read of it is enough
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer)
	return judge(answer.StatusCode)
}

// judge says what a status means.
func judge(status int) error {
	said := fmt.Errorf("it answered %d", status)
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusTooManyRequests, status == http.StatusBadGateway,
		status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		return &DownError{said}
	}
	return said
}

// reason leaves the address out, which the operator has and the log need not.
func reason(err error) error {
	if errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, ssrf.ErrProhibitedNetwork) {
		return errors.New("its address lies in a network that webhooks may not reach")
	}
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return errors.New("it did not answer in time")
	}
	return errors.New("it could not be reached")
}

// sign signs with each secret that is good: two while one is being rotated.
func sign(to service.Service, id string, now time.Time, body []byte) (string, error) {
	var signatures []string
	for _, s := range to.WebhookSecrets {
		if !s.EndsAt.IsZero() && !now.Before(s.EndsAt) {
			continue
		}
		hook, err := standard.NewWebhook(s.Secret)
		if err != nil {
			return "", fmt.Errorf("read webhook secret: %w", err)
		}
		signature, err := hook.Sign(id, now, body)
		if err != nil {
			return "", fmt.Errorf("sign event: %w", err)
		}
		signatures = append(signatures, signature)
	}
	return strings.Join(signatures, " "), nil
}
