package service

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Desk is what an operator is shown of services, and turns off and on.
type Desk interface {
	// FindServices lists a page of a realm's, by name, without the secrets of webhooks.
	FindServices(ctx context.Context, realm string, f Find) ([]Service, error)
	// TurnService turns a service off at a moment, or on again for the zero time: what
	// waited meanwhile is sent then. It returns ErrNotFound.
	TurnService(ctx context.Context, realm, id string, offAt, now time.Time) (Service, error)
	// Backlog says how the sending of a service's events stands.
	Backlog(ctx context.Context, serviceID string) (Backlog, error)
	// NewestEvents lists what became of a service's events, newest first: those before a
	// number, or all for 0.
	NewestEvents(ctx context.Context, serviceID string, before int64, limit int) ([]Delivered, error)
	// ResendEvents is that of Outbox.
	ResendEvents(ctx context.Context, serviceID string, now time.Time) (int, error)
}

// Find asks for a page of services.
type Find struct {
	// Text is part of the name, or the id; empty for all.
	Text string
	// After is the id of the last one of the page before.
	After string
	Limit int
}

// Backlog is what waits for a service.
type Backlog struct {
	// Waiting events are still tried, Dead ones were given up.
	Waiting, Dead int
	// Failures counts how often in a row the receiver did not answer, RestsUntil is
	// until when it is left alone.
	Failures   int
	RestsUntil time.Time
}

// Delivered is an event and what became of it.
type Delivered struct {
	Event
	State DeliveryState
	Tries int
	// Failure is the last answer that was none, for the operator.
	Failure string
}

// DeliveryState is what became of an event.
type DeliveryState string

// The states.
const (
	DeliverySent    DeliveryState = "sent"
	DeliveryWaiting DeliveryState = "waiting"
	DeliveryDead    DeliveryState = "given_up"
	// DeliveryNone is an event of a service without a webhook, which asks for them.
	DeliveryNone DeliveryState = "kept"
)

// Off reports whether an operator turned the service off.
func (s Service) Off() bool { return !s.OffAt.IsZero() }

// OldSecretUntil is until when a secret before the present one is good; nil where none
// is.
func (s Service) OldSecretUntil(now time.Time) *time.Time {
	var last time.Time
	for _, old := range s.Secrets {
		if old.EndsAt.After(last) {
			last = old.EndsAt
		}
	}
	for _, old := range s.WebhookSecrets {
		if old.EndsAt.After(last) {
			last = old.EndsAt
		}
	}
	if !last.After(now) {
		return nil
	}
	return &last
}

// Change is what an operator changes of a service.
type Change struct {
	Redirects []string
	// Webhook is empty for none.
	Webhook string
}

// String is how the trail keeps it: where people and events are sent from then on.
func (c Change) String() string {
	return strings.TrimSpace(strings.Join(append(slices.Clone(c.Redirects), c.Webhook), " "))
}

// Change gives a service other addresses. One that had no webhook gets its secret. It
// returns *InvalidError and ErrNotFound.
func (m Manager) Change(ctx context.Context, id string, c Change) (s Service, secrets Secrets, err error) {
	s, err = m.Catalog.UpdateService(ctx, m.Realm, id, func(s *Service) error {
		fresh := s.Webhook == "" && c.Webhook != ""
		s.Redirects, s.Webhook = c.Redirects, c.Webhook
		for _, check := range []func() error{s.checkRedirects, s.checkWebhook, func() error { return m.reaches(*s) }} {
			if err := check(); err != nil {
				return err
			}
		}
		if s.Webhook == "" {
			s.WebhookSecrets = nil
		}
		if fresh {
			secrets.Webhook = s.renewWebhook(time.Time{})
		}
		return nil
	})
	return s, secrets, err
}

// reaches refuses a webhook to which nothing would be sent.
func (m Manager) reaches(s Service) error {
	if !m.Loopback && !strings.HasPrefix(s.Webhook, "https://") && s.Webhook != "" {
		return invalid("webhook", "%q must be an https:// address; only a sandbox sends events to this machine.", s.Webhook)
	}
	return nil
}
