package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/service"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/webhook"
	"realname.example/shared/verification"
)

// testFindServices shows the pages of a list in which two services share a name, and a
// search whose text means itself.
func testFindServices(t *testing.T, s *store.Store) {
	for i, name := range []string{"商城", "商城", "100% Bank", "Bank_1", "mall"} {
		n := service.Service{ID: fmt.Sprint("svc_", i), Name: name, Auth: service.AuthNone, Redirects: []string{"https://shop.example/"}, MadeAt: Start}
		if i == 4 {
			n.Realm = "mall"
		}
		if err := s.AddService(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	var listed []string
	for after := ""; ; {
		page, err := s.FindServices(t.Context(), "", service.Find{After: after, Limit: 2})
		if err != nil || len(page) > 2 {
			t.Fatalf("%d, %v", len(page), err)
		}
		if len(page) == 0 {
			break
		}
		for _, n := range page {
			listed = append(listed, n.ID)
			after = n.ID
		}
	}
	if len(listed) != 4 {
		t.Errorf("the pages list %v", listed)
	}
	for text, want := range map[string]int{"bank": 2, "BANK": 2, "%": 1, "_": 1, "商": 2, "svc_0": 1, "svc_": 0, `\`: 0, "mall": 0, "'": 0} {
		if found, err := s.FindServices(t.Context(), "", service.Find{Text: text, Limit: 10}); err != nil || len(found) != want {
			t.Errorf("%q finds %d, want %d, %v", text, len(found), want, err)
		}
	}
}

// testNotedService shows that a service is there with the act of who added it, or not
// at all.
func testNotedService(t *testing.T, s *store.Store) {
	n := service.Service{ID: "svc_a", Name: "mall", Auth: service.AuthNone, Redirects: []string{"https://shop.example/"}, MadeAt: Start}
	added := operator.Entry{At: Start, Operator: "wang", Act: operator.ActServiceAdded, Subject: n.ID}
	execute(t, s, "ALTER TABLE operator_acts RENAME TO operator_acts_away")
	if err := s.AddNotedService(t.Context(), n, added); err == nil {
		t.Error("a service without its act")
	}
	execute(t, s, "ALTER TABLE operator_acts_away RENAME TO operator_acts")
	if _, err := s.Service(t.Context(), "", n.ID); !errors.Is(err, service.ErrNotFound) {
		t.Errorf("what no act is there for: %v", err)
	}
	if err := s.AddNotedService(t.Context(), n, added); err != nil {
		t.Fatal(err)
	}
	lines, err := s.Trail(t.Context(), operator.TrailQuery{Operator: "wang", Limit: 9})
	if _, found := s.Service(t.Context(), "", n.ID); found != nil || err != nil || len(lines) != 1 || lines[0].Subject != n.ID {
		t.Errorf("%v, %+v, %v", found, lines, err)
	}
}

// testServiceOff shows that nothing of a service that is off works or is lost.
func testServiceOff(t *testing.T, s *store.Store) {
	addService(t, s, "svc_a")
	code := agreeTo(t, s, "svc_a", "a0")
	agreeTo(t, s, "svc_a", "a1")
	off, err := s.TurnService(t.Context(), "", "svc_a", Start, Start)
	if err != nil || !off.Off() {
		t.Fatalf("%+v, %v", off, err)
	}
	if _, err := s.Token(t.Context(), service.KindCode, code.Hash, Start); !errors.Is(err, service.ErrGone) {
		t.Errorf("its code is taken: %v", err)
	}
	happen(t, s, 2, 1)
	deliver := func(service.Event) error { return nil }
	if sent, err := drain(t, s, Start.Add(time.Hour), deliver); err != nil || len(sent) != 0 {
		t.Errorf("while it is off: %v, %v", sent, err)
	}
	if b, err := s.Backlog(t.Context(), "svc_a"); err != nil || b.Waiting != 2 || b.Dead != 0 {
		t.Errorf("%+v, %v", b, err)
	}
	now := Start.Add(webhook.TriedFor + time.Hour)
	if on, err := s.TurnService(t.Context(), "", "svc_a", time.Time{}, now); err != nil || on.Off() {
		t.Fatalf("%+v, %v", on, err)
	}
	if _, err := s.Token(t.Context(), service.KindCode, code.Hash, Start); err != nil {
		t.Errorf("its code is not taken any more: %v", err)
	}
	down := func(service.Event) error { return &webhook.DownError{Err: errors.New("it answered 503")} }
	if _, err := drain(t, s, now, down); err != nil {
		t.Fatal(err)
	}
	if b, err := s.Backlog(t.Context(), "svc_a"); err != nil || b.Waiting != 2 || b.Failures != 1 || !b.RestsUntil.After(now) {
		t.Errorf("three days did not begin anew: %+v, %v", b, err)
	}
	if sent, err := drain(t, s, now.Add(time.Hour), deliver); err != nil || len(sent) != 2 {
		t.Errorf("once it is on: %v, %v", sent, err)
	}
	events, err := s.NewestEvents(t.Context(), "svc_a", 0, 1)
	if err != nil || len(events) != 1 || events[0].Number != 2 || events[0].State != service.DeliverySent {
		t.Errorf("%+v, %v", events, err)
	}
	if events, err := s.NewestEvents(t.Context(), "svc_a", 2, 10); err != nil || len(events) != 1 || events[0].Number != 1 {
		t.Errorf("the next page: %+v, %v", events, err)
	}
	Create(t, s, NewCase("c9", "a1", Who(1)))
	Update(t, s, "c9", Moved(verification.Rejected))
	if _, err := s.UpdateService(t.Context(), "", "svc_a", func(n *service.Service) error { n.Webhook = ""; return nil }); err != nil {
		t.Fatal(err)
	}
	if sent, err := drain(t, s, now.Add(2*time.Hour), deliver); err != nil || len(sent) != 0 {
		t.Errorf("without a webhook: %v, %v", sent, err)
	}
	if events, err := s.NewestEvents(t.Context(), "svc_a", 0, 1); err != nil || len(events) != 1 || events[0].State != service.DeliveryNone {
		t.Errorf("without a webhook: %+v, %v", events, err)
	}
	if _, err := s.TurnService(t.Context(), "mall", "svc_a", Start, Start); !errors.Is(err, service.ErrNotFound) {
		t.Errorf("of another realm: %v", err)
	}
	if _, err := s.Backlog(t.Context(), "svc_b"); !errors.Is(err, service.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
}
