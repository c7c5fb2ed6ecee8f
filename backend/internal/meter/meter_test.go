package meter_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"realname.example/backend/internal/meter"
	"realname.example/backend/internal/numbers"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// figures are the series of a registry that are not zero, by name and labels;
// of a histogram how often it observed.
func figures(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := strings.TrimPrefix(f.GetName(), "realname_")
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			value := m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			if value != 0 {
				out[name] = value
			}
		}
	}
	return out
}

func expect(t *testing.T, registry *prometheus.Registry, want map[string]float64) {
	t.Helper()
	got := figures(t, registry)
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%q is %v, not %v", name, got[name], value)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("counted besides: %v", got)
	}
}

// ledger keeps what is counted of providers.
type ledger struct{ calls []string }

func (l *ledger) Called(c numbers.Call) {
	l.calls = append(l.calls, c.Provider+" "+c.Kind+" "+c.Answer)
}

// cases is a store of one case.
type cases struct {
	verify.Store
	held verify.Case
	err  error
}

func (c *cases) Create(_ context.Context, created *verify.Case, _ verify.Effects) error {
	c.held = *created
	return c.err
}

func (c *cases) Update(_ context.Context, _ verification.ID, change verify.Change) (*verify.Case, error) {
	next := c.held
	_, err := change(&next)
	if err := errors.Join(c.err, err); err != nil {
		return nil, err
	}
	c.held = next
	return &next, nil
}

func (c *cases) Trace(context.Context, verify.Trace) error { return c.err }

// A step is counted once it is committed, and only where the status changed; a
// cap is counted where it refuses.
func TestStepsAreCountedWhereTheyAreCommitted(t *testing.T) {
	registry := prometheus.NewRegistry()
	held := &cases{}
	s := meter.New(registry, &ledger{}).Store(held)
	ctx := t.Context()
	if err := s.Create(ctx, &verify.Case{Method: verification.Mobile, Status: verification.CodeRequired}, verify.Effects{}); err != nil {
		t.Fatal(err)
	}
	move := func(to verification.Status, reason verification.Reason) error {
		_, err := s.Update(ctx, "c", func(c *verify.Case) (verify.Effects, error) {
			c.Status, c.Reason = to, reason
			return verify.Effects{}, nil
		})
		return err
	}
	held.err = &verify.LimitError{Bucket: verify.BucketSMSAll}
	if err := errors.Join(move(verification.Verified, ""), s.Trace(ctx, verify.Trace{})); err == nil {
		t.Fatal("the cap lets it through")
	}
	held.err = nil
	err := errors.Join(move(verification.CodeRequired, ""), move(verification.Rejected, verification.NameMismatch))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, registry, map[string]float64{
		"verification_steps_total mobile  code_required":         1,
		"verification_steps_total mobile name_mismatch rejected": 1,
		"caps_reached_total sms_all":                             2,
	})
}

// answers is a carrier, a sender and a face engine that says what a test wants.
type answers struct {
	delivery verify.Delivery
	mismatch verification.Reason
	err      error
}

func (a *answers) Check(context.Context, verify.Identity) (verify.CarrierAnswer, error) {
	return verify.CarrierAnswer{Mismatch: a.mismatch}, a.err
}

func (a *answers) Send(context.Context, verify.Message) (verify.Receipt, error) {
	return verify.Receipt{}, a.err
}

func (a *answers) Delivery(context.Context, verify.SentMessage) (verify.Delivery, error) {
	return a.delivery, a.err
}

func (a *answers) Footage(context.Context, int, func(error)) verify.Footage {
	return a
}
func (a *answers) Add([]byte)                    {}
func (a *answers) Close()                        {}
func (a *answers) Inspect(context.Context) error { return a.err }
func (a *answers) Judge(context.Context, verify.Capture) (verify.Judgement, error) {
	return verify.Judgement{Failed: a.mismatch}, a.err
}

// A refusal of one person is told apart from a provider that is away, and
// errors pass as they are.
func TestAnswersAreToldApart(t *testing.T) {
	registry := prometheus.NewRegistry()
	kept := &ledger{}
	m, a := meter.New(registry, kept), &answers{}
	receipts := m.Receipts("tencent", a)
	carrier, sender, engine := m.Carrier("tencent", a), m.SMS("http", a), m.Faces(a).Footage(t.Context(), 0, nil)
	for _, err := range []error{
		nil, &verify.InputError{}, &verify.LimitError{RetryAt: time.Now()}, verify.ErrProviderUnavailable,
		&verify.BusyError{}, verify.ErrFaceNotFound, context.DeadlineExceeded,
	} {
		a.err = err
		_, checked := carrier.Check(t.Context(), verify.Identity{})
		_, judged := engine.Judge(t.Context(), verify.Capture{})
		_, sent := sender.Send(t.Context(), verify.Message{})
		_, asked := receipts.Delivery(t.Context(), verify.SentMessage{})
		for call, got := range map[string]error{"check": checked, "send": sent, "delivery": asked, "inspect": engine.Inspect(t.Context()), "judge": judged} {
			if !errors.Is(got, err) {
				t.Errorf("%s of %v returns %v", call, err, got)
			}
		}
	}
	a.err, a.mismatch, a.delivery.Failed = nil, verification.FaceMismatch, verification.UndeliveredPhone
	_, _ = receipts.Delivery(t.Context(), verify.SentMessage{})
	_, _ = carrier.Check(t.Context(), verify.Identity{})
	_, _ = engine.Judge(t.Context(), verify.Capture{})
	expect(t, registry, map[string]float64{
		"provider_seconds right carrier tencent": 1, "provider_seconds refused carrier tencent": 2, "provider_seconds away carrier tencent": 4,
		"provider_seconds face_mismatch carrier tencent": 1,
		"provider_seconds right receipt tencent":         1, "provider_seconds refused receipt tencent": 2, "provider_seconds away receipt tencent": 4,
		"provider_seconds phone receipt tencent": 1,
		"provider_seconds right sms http":        1, "provider_seconds refused sms http": 2, "provider_seconds away sms http": 4,
		"face_seconds right inspect": 1, "face_seconds busy inspect": 1, "face_seconds refused inspect": 1, "face_seconds away inspect": 4,
		"face_seconds right judge": 1, "face_seconds busy judge": 1, "face_seconds refused judge": 1, "face_seconds away judge": 4,
		"face_seconds face_mismatch judge": 1,
	})
	if last := kept.calls[len(kept.calls)-1]; len(kept.calls) != 23 || last != "tencent carrier face_mismatch" {
		t.Errorf("the operator's numbers have %d calls, the last one %s", len(kept.calls), last)
	}
}

// What alarms and plots ask for is there before it is first counted, in the
// form that Prometheus asks for.
func TestSeriesBeginAtZero(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := meter.New(registry, &ledger{})
	m.SMS("http", &answers{})
	if n, err := testutil.GatherAndCount(registry); err != nil || n < len(verify.Buckets())+3*len(verification.Statuses()) {
		t.Errorf("%d series, %v", n, err)
	}
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}
