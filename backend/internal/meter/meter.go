// Package meter counts for /metrics what the domain does: it stands before the
// domain's ports, and changes nothing that passes. No label of it names a
// person, an account or an address.
package meter

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"realname.example/backend/internal/numbers"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// Ledger keeps what the operator's numbers count of providers.
type Ledger interface{ Called(c numbers.Call) }

// Meter has the series of the domain.
type Meter struct {
	ledger    Ledger
	steps     *prometheus.CounterVec
	caps      *prometheus.CounterVec
	providers *prometheus.HistogramVec
	faces     *prometheus.HistogramVec
}

// Buckets in seconds: a provider has 10 s, a face engine on a busy machine more.
var (
	providerBuckets = []float64{.05, .1, .25, .5, 1, 2, 3, 5, 7.5, 10}
	faceBuckets     = []float64{.1, .25, .5, 1, 2, 4, 8, 15, 30, 60}
)

// New registers the series. Each that can be told before it is counted begins
// at zero, since an alarm sees no step from nothing to one.
func New(registry *prometheus.Registry, ledger Ledger) *Meter {
	m := &Meter{
		ledger: ledger,
		steps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "realname_verification_steps_total", Help: "Verifications that came to a status, by method and reason.",
		}, []string{"method", "status", "reason"}),
		caps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "realname_caps_reached_total", Help: "Calls that were refused since a cap was reached.",
		}, []string{"cap"}),
		providers: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "realname_provider_seconds", Help: "Time of one call of a provider, by what it answered.", Buckets: providerBuckets,
		}, []string{"provider", "call", "answer"}),
		faces: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "realname_face_seconds", Help: "Time in which evidence was inspected or judged, by the outcome.", Buckets: faceBuckets,
		}, []string{"step", "outcome"}),
	}
	registry.MustRegister(m.steps, m.caps, m.providers, m.faces)
	for _, method := range []verification.Method{verification.Mobile, verification.Face, verification.Affiliate} {
		for _, status := range verification.Statuses() {
			m.steps.WithLabelValues(string(method), string(status), "")
		}
	}
	for bucket := range verify.Buckets() {
		m.caps.WithLabelValues(string(bucket))
	}
	for _, step := range []string{stepInspect, stepJudge} {
		for _, outcome := range []string{answerRight, answerRefused, answerBusy, answerAway} {
			m.faces.WithLabelValues(step, outcome)
		}
	}
	return m
}

// What a provider or the face engine answered; a carrier's mismatch and a
// judgement that failed have their reason in its place.
const (
	answerRight   = "right"
	answerRefused = "refused" // this person, number or picture alone
	answerBusy    = "busy"
	answerAway    = "away"
)

// Calls of providers, and steps of the face engine.
const (
	callCarrier = "carrier"
	callSMS     = "sms"
	callReceipt = "receipt"
	callCompare = "compare"
	callMail    = "mail"
	stepInspect = "inspect"
	stepJudge   = "judge"
)

func (m *Meter) came(c *verify.Case) {
	m.steps.WithLabelValues(string(c.Method), string(c.Status), string(c.Reason)).Inc()
}

// capped counts an error that is a cap's.
func (m *Meter) capped(err error) error {
	var limit *verify.LimitError
	if errors.As(err, &limit) {
		m.caps.WithLabelValues(string(limit.Bucket)).Inc()
	}
	return err
}

// store counts what is committed.
type store struct {
	verify.Store
	meter *Meter
}

// Store counts the statuses that verifications come to, and the caps that stop
// them.
func (m *Meter) Store(next verify.Store) verify.Store { return store{next, m} }

// Create implements verify.Store.
func (s store) Create(ctx context.Context, c *verify.Case, e verify.Effects) error {
	err := s.meter.capped(s.Store.Create(ctx, c, e))
	if err == nil {
		s.meter.came(c)
	}
	return err
}

// Update implements verify.Store.
func (s store) Update(ctx context.Context, id verification.ID, change verify.Change) (*verify.Case, error) {
	var before verification.Status
	c, err := s.Store.Update(ctx, id, func(c *verify.Case) (verify.Effects, error) {
		before = c.Status
		return change(c)
	})
	if err == nil && c.Status != before {
		s.meter.came(c)
	}
	return c, s.meter.capped(err)
}

// Erase implements verify.Store.
func (s store) Erase(ctx context.Context, accountID string, e verify.Entry, end verify.Change) (*verify.Case, error) {
	c, err := s.Store.Erase(ctx, accountID, e, end)
	if err == nil && c != nil {
		s.meter.came(c)
	}
	return c, err
}

// Trace implements verify.Store.
func (s store) Trace(ctx context.Context, t verify.Trace) error {
	return s.meter.capped(s.Store.Trace(ctx, t))
}

// Allows implements verify.Store.
func (s store) Allows(ctx context.Context, traces ...verify.Trace) error {
	return s.meter.capped(s.Store.Allows(ctx, traces...))
}

// calls times one call of a provider.
type calls struct {
	name, call string
	seconds    *prometheus.HistogramVec
	ledger     Ledger
}

func (c calls) answered(answer string, begun time.Time) {
	took := time.Since(begun)
	c.seconds.WithLabelValues(answer).Observe(took.Seconds())
	c.ledger.Called(numbers.Call{Provider: c.name, Kind: c.call, Answer: answer, Took: took})
}

// provider makes the series of one call of a provider.
func (m *Meter) provider(name, call string) calls {
	h := m.providers.MustCurryWith(prometheus.Labels{"provider": name, "call": call}).(*prometheus.HistogramVec)
	for _, answer := range []string{answerRight, answerRefused, answerAway} {
		h.WithLabelValues(answer)
	}
	return calls{name, call, h, m.ledger}
}

// of names an error of a provider.
func of(err error) string {
	switch {
	case err == nil:
		return answerRight
	case verify.Refused(err):
		return answerRefused
	}
	return answerAway
}

// ofVerdict names what a provider said about a person: the mismatch where there is one.
func ofVerdict(mismatch verification.Reason, err error) string {
	if err == nil && mismatch != "" {
		return string(mismatch)
	}
	return of(err)
}

// carrier times a carrier.
type carrier struct {
	verify.Carrier
	calls calls
}

// Carrier times a carrier of a provider.
func (m *Meter) Carrier(provider string, next verify.Carrier) verify.Carrier {
	return carrier{next, m.provider(provider, callCarrier)}
}

// Check implements verify.Carrier.
func (c carrier) Check(ctx context.Context, who verify.Identity) (verify.CarrierAnswer, error) {
	begun := time.Now()
	answer, err := c.Carrier.Check(ctx, who)
	c.calls.answered(ofVerdict(answer.Mismatch, err), begun)
	return answer, err
}

// comparer times who compares faces.
type comparer struct {
	verify.Comparer
	calls calls
}

// Comparer times a provider that compares faces with its portraits.
func (m *Meter) Comparer(provider string, next verify.Comparer) verify.Comparer {
	return comparer{next, m.provider(provider, callCompare)}
}

// Compare implements verify.Comparer.
func (c comparer) Compare(ctx context.Context, q verify.Question) (verify.Comparison, error) {
	begun := time.Now()
	got, err := c.Comparer.Compare(ctx, q)
	c.calls.answered(ofVerdict(got.Mismatch, err), begun)
	return got, err
}

// sms times a sender.
type sms struct {
	verify.SMS
	calls calls
}

// SMS times a sender of a provider.
func (m *Meter) SMS(provider string, next verify.SMS) verify.SMS {
	return sms{next, m.provider(provider, callSMS)}
}

// Send implements verify.SMS.
func (s sms) Send(ctx context.Context, m verify.Message) (verify.Receipt, error) {
	begun := time.Now()
	receipt, err := s.SMS.Send(ctx, m)
	s.calls.answered(of(err), begun)
	return receipt, err
}

// mail times a mail server.
type mail struct {
	verify.Mail
	calls calls
}

// Mail times the operator's mail server.
func (m *Meter) Mail(next verify.Mail) verify.Mail { return mail{next, m.provider("smtp", callMail)} }

// SendReset implements verify.Mail.
func (s mail) SendReset(ctx context.Context, address, code string) error {
	begun := time.Now()
	err := s.Mail.SendReset(ctx, address, code)
	s.calls.answered(of(err), begun)
	return err
}

// receipts times who says what became of messages.
type receipts struct {
	verify.Receipts
	calls calls
}

// Receipts times a provider that says what became of messages.
func (m *Meter) Receipts(provider string, next verify.Receipts) verify.Receipts {
	return receipts{next, m.provider(provider, callReceipt)}
}

// Delivery implements verify.Receipts.
func (r receipts) Delivery(ctx context.Context, m verify.SentMessage) (verify.Delivery, error) {
	begun := time.Now()
	d, err := r.Receipts.Delivery(ctx, m)
	label := of(err)
	if d.Failed != "" {
		label = string(d.Failed)
	}
	r.calls.answered(label, begun)
	return d, err
}

// faces times the face engine.
type faces struct {
	verify.FaceJudge
	seconds *prometheus.HistogramVec
}

// Faces times the face engine, and counts what it found.
func (m *Meter) Faces(next verify.FaceJudge) verify.FaceJudge { return faces{next, m.faces} }

// Footage implements verify.FaceJudge.
func (f faces) Footage(ctx context.Context, lit int, trouble func(error)) verify.Footage {
	return footage{f.FaceJudge.Footage(ctx, lit, trouble), f}
}

// footage times what is said of a capture.
type footage struct {
	verify.Footage
	of faces
}

// Inspect implements verify.Footage.
func (f footage) Inspect(ctx context.Context) error {
	begun := time.Now()
	err := f.Footage.Inspect(ctx)
	f.of.observe(stepInspect, outcome(err), begun)
	return err
}

// Judge implements verify.Footage.
func (f footage) Judge(ctx context.Context, c verify.Capture) (verify.Judgement, error) {
	begun := time.Now()
	got, err := f.Footage.Judge(ctx, c)
	label := outcome(err)
	if err == nil && got.Failed != "" {
		label = string(got.Failed)
	}
	f.of.observe(stepJudge, label, begun)
	return got, err
}

func (f faces) observe(step, outcome string, begun time.Time) {
	f.seconds.WithLabelValues(step, outcome).Observe(time.Since(begun).Seconds())
}

// outcome names an error of the face engine.
func outcome(err error) string {
	var (
		busy     *verify.BusyError
		quality  *verify.QualityError
		evidence *verify.EvidenceError
	)
	switch {
	case err == nil:
		return answerRight
	case errors.As(err, &busy):
		return answerBusy
	case errors.As(err, &quality), errors.As(err, &evidence), errors.Is(err, verify.ErrFaceNotFound):
		return answerRefused
	}
	return answerAway
}
