package verify_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"realname.example/backend/internal/store/storetest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/handoff"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// world is a service over a real store, with providers that answer as a test
// says and a clock that a test moves.
type world struct {
	testing.TB
	*verify.Service
	store *guardedStore

	mu       sync.Mutex
	now      time.Time
	answer   verify.CarrierAnswer
	carrier  error
	calls    int
	codes    []string
	sms      error
	delivery verify.Delivery
	followed []verify.SentMessage // those that were asked about
	away     error                // nobody says what became of messages
	portrait []byte
	mismatch verification.Reason
	inspect  error
	judged   verify.Judgement
	captured atomic.Pointer[verify.Capture] // what was judged last
	judging  chan struct{}                  // a judgement waits for it where it is not nil
	engine   error
	phone    ed25519.PrivateKey
	prints   bool // frames are told by their first byte

	refusedPicture error
}

// newWorld starts with everything agreeing.
func newWorld(t testing.TB, change ...func(*verify.Config)) *world {
	t.Helper()
	cfg := verify.DefaultConfig()
	cfg.Risk = verify.RiskConfig{}
	cfg.IDsPerAccount = 0
	for _, c := range change {
		c(&cfg)
	}
	w := &world{
		TB: t, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		portrait: []byte("portrait"),
		phone:    ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)),
	}
	w.store = &guardedStore{Store: storetest.NewSQLite(t), t: t}
	w.Service = verify.New(cfg, verify.Deps{
		Store: w.store, Carrier: w, SMS: w, Portraits: w, Face: w, Pictures: w, Frames: w, Affiliates: w, Publisher: w,
		Now: w.clock, Random: rand.Reader, Consent: func(p verify.Purpose) string { return string(p) + "-9" },
		MAC: func(label, value string) []byte {
			m := hmac.New(sha256.New, []byte("test key"))
			_, _ = fmt.Fprintf(m, "%s|%s", label, value)
			return m.Sum(nil)
		},
	})
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// pass moves the clock.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) Check(context.Context, verify.Identity) (verify.CarrierAnswer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	return w.answer, w.carrier
}

func (w *world) Send(_ context.Context, m verify.Message) (verify.Receipt, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sms == nil {
		w.codes = append(w.codes, m.Code)
	}
	return verify.Receipt{Provider: "world", ID: fmt.Sprint(len(w.codes))}, w.sms
}

// Delivery implements verify.Receipts where a test wants it.
func (w *world) Delivery(_ context.Context, m verify.SentMessage) (verify.Delivery, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.followed = append(w.followed, m)
	return w.delivery, w.away
}

func (w *world) Portrait(context.Context, verify.Identity) ([]byte, verification.Reason, error) {
	if w.mismatch != "" {
		return nil, w.mismatch, nil
	}
	return w.portrait, "", nil
}

func (w *world) Footage(context.Context, int, func(error)) verify.Footage { return &footage{world: w} }

// footage is what the world says of a capture.
type footage struct {
	*world
	frames [][]byte
}

// filmed is a footage with frames.
func (w *world) filmed(frames [][]byte) verify.Footage { return &footage{w, frames} }

func (f *footage) Add(jpeg []byte)               { f.frames = append(f.frames, jpeg) }
func (f *footage) Inspect(context.Context) error { return f.inspect }
func (f *footage) Close()                        {}

// Prepare takes every picture, or refuses as a test says.
func (w *world) Prepare(_ context.Context, _ verification.Picture, image []byte) ([]byte, error) {
	return append([]byte("prepared "), image...), w.refusedPicture
}

func (w *world) Likeness(context.Context, []byte, []byte) (float64, error) { return 0.75, nil }

// printsOf tells frames by their first byte, where a test wants it.
func (w *world) printsOf(frames [][]byte) []verify.Print {
	if !w.prints {
		return nil
	}
	prints := make([]verify.Print, len(frames))
	for i, f := range frames {
		for k := range prints[i] {
			prints[i][k] = f[0]
		}
	}
	return prints
}

func (w *world) Search(_ context.Context, frames [][]byte) ([][]verify.Print, error) {
	prints := w.printsOf(frames)
	found := make([][]verify.Print, len(prints))
	for i, p := range prints {
		found[i] = []verify.Print{p}
	}
	return found, nil
}

func (f *footage) Judge(ctx context.Context, c verify.Capture) (verify.Judgement, error) {
	f.captured.Store(&c)
	if f.judging != nil {
		select {
		case <-f.judging:
		case <-ctx.Done():
		}
	}
	judged := f.judged
	judged.Prints = f.printsOf(f.frames)
	return judged, f.engine
}

func (w *world) Offers(context.Context, verify.Caller) ([]verify.Offer, error) {
	return []verify.Offer{{ID: "mall", Name: "Mall", Linked: true}}, nil
}

func (w *world) Claims(_ context.Context, affiliate string, who verify.Caller) (verify.Vouched, error) {
	if affiliate != "mall" || who.Username != "zhoujie" {
		return verify.Vouched{Refused: verification.IdentityNotFound}, nil
	}
	return verify.Vouched{Identity: verify.Identity{
		CertificateType: identity.CNID, Name: identity.NewPII("周杰"), Number: identity.NewPII("110100199505200318"),
	}}, nil
}

func (w *world) Forget(context.Context, string) error { return nil }

func (w *world) Publish(verification.ID, int64) {}

// guardedStore fails the test where a committed change skips the status table.
type guardedStore struct {
	verify.Store
	t testing.TB
}

func (g *guardedStore) Update(ctx context.Context, id verification.ID, change verify.Change) (*verify.Case, error) {
	var from, to verification.Status
	c, err := g.Store.Update(ctx, id, func(c *verify.Case) (verify.Effects, error) {
		from = c.Status
		e, err := change(c)
		to = c.Status
		return e, err
	})
	if err == nil && from != to && !verify.Allows(from, to) {
		g.t.Errorf("case %s went from %s to %s", id, from, to)
	}
	return c, err
}

var zhang = verify.Request{
	Method: verification.Mobile, CertificateType: "cn_id", Name: "张伟",
	Number: "110100199003070111", Mobile: "13800000001",
}

func byFace(r verify.Request) verify.Request {
	r.Method, r.Mobile = verification.Face, ""
	return r
}

func caller(account string) verify.Caller {
	return verify.Caller{
		AccountID: account, Username: account, Address: "192.0.2.1",
		Origin: verify.Origin{Device: "Office PC", Network: "192.0.2.x"},
	}
}

// begin makes a case or fails the test.
func (w *world) begin(account string, r verify.Request) verification.View {
	w.Helper()
	v, err := w.Begin(w.Context(), caller(account), r)
	if err != nil {
		w.Fatalf("begin: %v", err)
	}
	return v
}

// send asks for a code and returns it.
func (w *world) send(account string, id verification.ID) string {
	w.Helper()
	if _, err := w.SendCode(w.Context(), caller(account), id); err != nil {
		w.Fatalf("send code: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.codes[len(w.codes)-1]
}

func (w *world) check(account string, id verification.ID, code string) (verification.View, error) {
	return w.CheckCode(w.Context(), caller(account), id, code)
}

// look returns the case as its account sees it.
func (w *world) look(account string, id verification.ID) verification.View {
	w.Helper()
	v, err := w.View(w.Context(), account, id)
	if err != nil {
		w.Fatalf("view: %v", err)
	}
	return v
}

// want fails the test unless the view has the status and reason.
func (w *world) want(v verification.View, s verification.Status, r verification.Reason) {
	w.Helper()
	if v.Status != s || v.Reason != r {
		w.Fatalf("case is %s %q, want %s %q", v.Status, v.Reason, s, r)
	}
}

// atRisk brings a case of demo to face_required by the risk rules.
func (w *world) atRisk() verification.ID {
	w.Helper()
	w.answer.HolderChanged = true
	v := w.begin("demo", zhang)
	v, err := w.check("demo", v.ID, w.send("demo", v.ID))
	if err != nil {
		w.Fatalf("check code: %v", err)
	}
	w.want(v, verification.FaceRequired, verification.Risk)
	return v.ID
}

func (w *world) ticket(id verification.ID) verify.Handoff {
	w.Helper()
	h, err := w.Handoff(w.Context(), caller("demo"), id, false)
	if err != nil {
		w.Fatalf("hand-off: %v", err)
	}
	return h
}

func (w *world) claim(r verify.ClaimRequest) (verify.Claimed, error) {
	if r.PublicKey == nil {
		r.PublicKey = w.phone.Public().(ed25519.PublicKey) //nolint:forcetypeassert // an Ed25519 key has no other
	}
	r.Device = "Phone"
	return w.Claim(w.Context(), r)
}

// claimed brings a case to confirming and returns the phone's token.
func (w *world) claimed(id verification.ID) string {
	w.Helper()
	c, err := w.claim(verify.ClaimRequest{Ticket: w.ticket(id).Ticket})
	if err != nil {
		w.Fatalf("claim: %v", err)
	}
	return c.Token
}

// capturing brings a case of demo to capturing and returns id and token.
func (w *world) capturing() (verification.ID, string) {
	w.Helper()
	id := w.atRisk()
	return id, w.consented(id)
}

// consented goes from face_required to capturing.
func (w *world) consented(id verification.ID) string {
	w.Helper()
	token := w.claimed(id)
	if _, err := w.Confirm(w.Context(), token, w.look("demo", id).Handoff.Number); err != nil {
		w.Fatalf("confirm: %v", err)
	}
	if _, err := w.Consent(w.Context(), token, verify.Consent{Version: "face-9"}); err != nil {
		w.Fatalf("consent: %v", err)
	}
	return token
}

// burst is a capture that answers a challenge; tests spoil it.
type burst struct {
	manifest handoff.Manifest
	frames   [][]byte
	key      ed25519.PrivateKey
}

// record asks for a challenge, lets five seconds pass, and returns a capture.
func (w *world) record(token string) *burst { w.Helper(); return w.recordIn(token, false) }

// recordIn is record by a phone that can light the face, or cannot.
func (w *world) recordIn(token string, light bool) *burst {
	w.Helper()
	ch, err := w.Challenge(w.Context(), token, 30, light)
	if err != nil {
		w.Fatalf("challenge: %v", err)
	}
	w.pass(5 * time.Second)
	b := &burst{manifest: handoff.Manifest{Challenge: ch.ID, Nonce: ch.Nonce}, key: w.phone}
	for i := range 36 + handoff.ColourFrames*len(ch.Light) {
		var colour handoff.Colour
		if i >= 36 {
			colour = ch.Light[(i-36)/handoff.ColourFrames]
		}
		frame := fmt.Appendf(nil, "frame %d of %s", i, ch.ID)
		b.frames = append(b.frames, frame)
		b.manifest.Frames = append(b.manifest.Frames, handoff.ManifestFrame{
			SHA256: handoff.HashFrame(frame), Millis: int64(i) * 130, Light: colour,
		})
	}
	return b
}

// upload signs and sends a capture.
func (w *world) upload(token string, b *burst) (verify.PhoneView, error) {
	w.Helper()
	part, err := handoff.Sign(b.key, b.manifest)
	if err != nil {
		w.Fatal(err)
	}
	return w.Evidence(w.Context(), token, part, b.frames, w.filmed(b.frames))
}

// judge sends a good capture and waits for the verdict.
func (w *world) judge(token string) {
	w.Helper()
	if _, err := w.upload(token, w.record(token)); err != nil {
		w.Fatalf("evidence: %v", err)
	}
	if err := w.Drain(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// conflicts fails the test unless err is a *verify.ConflictError.
func (w *world) conflicts(err error) {
	w.Helper()
	var conflict *verify.ConflictError
	if !errors.As(err, &conflict) {
		w.Errorf("got %v, want a conflict", err)
	}
}

// refuses fails the test unless err is evidence refused for the cause.
func (w *world) refuses(err error, cause string) {
	w.Helper()
	var refused *verify.EvidenceError
	if !errors.As(err, &refused) || refused.Cause != cause {
		w.Errorf("got %v, want evidence refused for %s", err, cause)
	}
}
