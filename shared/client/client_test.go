package client_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// clock stands still but for the pauses that instant lets through at once;
// all others never end.
type clock struct {
	mu      sync.Mutex
	now     time.Time
	waited  []time.Duration
	instant func(time.Duration) bool
}

func newClock(instant func(time.Duration) bool) *clock {
	return &clock{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), instant: instant}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited = append(c.waited, d)
	fired := make(chan time.Time, 1)
	if c.instant(d) {
		c.now = c.now.Add(d)
		fired <- c.now
	}
	return fired
}

func always(time.Duration) bool { return true }

// serve starts a server on loopback and a client of it.
func serve(t *testing.T, handler http.HandlerFunc, change ...func(*client.Config)) *client.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	config := client.Config{Server: server.URL, Clock: newClock(always)}
	for _, f := range change {
		f(&config)
	}
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, code problem.Code) {
	w.Header().Set("Content-Type", problem.ContentType)
	w.WriteHeader(code.Status())
	_ = json.NewEncoder(w).Encode(problem.Problem{Type: problem.TypeURI(code), Status: code.Status(), Code: code})
}

func TestAServerThatKnowsNoLightIsAskedWithout(t *testing.T) {
	var asked []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, string(body))
		if strings.Contains(string(body), "light") {
			refuse(w, problem.RequestInvalid)
			return
		}
		answer(w, http.StatusOK, api.Challenge{ID: "c"})
	})
	ch, err := c.Phone("pho").Challenge(t.Context(), api.ChallengeRequest{FramesPerSecond: 15, Light: true})
	if err != nil || ch.ID != "c" || len(asked) != 2 {
		t.Errorf("%+v, %v, asked %q", ch, err, asked)
	}
}

func TestEachCallGoesToItsPathWithItsToken(t *testing.T) {
	var got string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = r.Method + " " + r.URL.String() + " " + r.Header.Get("Authorization") + " " + string(body)
		if r.URL.Path == api.PathSandboxSMS || r.URL.Path == api.PathSandboxPeople && r.Method == http.MethodGet {
			answer(w, http.StatusOK, []any{})
			return
		}
		// The mode is for Info; every other answer has no such field.
		answer(w, http.StatusOK, map[string]string{"mode": api.ModeProduction})
	})
	ctx := context.Background()
	account, phone := c.Account("acc"), c.Phone("pho")
	calls := []struct {
		want string
		call func() error
	}{
		{"GET /v1/server  ", func() error { _, err := c.Info(ctx); return err }},
		{`POST /v1/accounts  {"username":"demo","password":"secret88"}`, func() error {
			_, err := c.CreateAccount(ctx, api.Credentials{Username: "demo", Password: "secret88"})
			return err
		}},
		{`POST /v1/sessions  {"username":"demo","password":"secret88"}`, func() error {
			_, err := c.SignIn(ctx, api.Credentials{Username: "demo", Password: "secret88"})
			return err
		}},
		{`POST /v1/handoffs/claim  {"ticket":"T","device":{"name":"n","public_key":"k"}}`, func() error {
			_, err := c.Claim(ctx, "", api.Claim{Ticket: "T", Device: api.Device{Name: "n", PublicKey: "k"}})
			return err
		}},
		{"GET /sandbox/sms?mobile=%2B86138  ", func() error { _, err := c.SandboxSMS(ctx, "+86138"); return err }},
		{"GET /sandbox/people  ", func() error { _, err := c.SandboxPeople(ctx); return err }},
		{`POST /sandbox/people  {"name":"n","number":"1","mobile":"2"}`, func() error {
			_, err := c.AddSandboxPerson(ctx, api.NewPerson{Name: "n", Number: "1", Mobile: "2"})
			return err
		}},
		{"POST /sandbox/reset  {}", func() error { return c.ResetSandbox(ctx) }},
		{"DELETE /v1/sessions/current Bearer acc ", func() error { return account.SignOut(ctx) }},
		{"GET /v1/account Bearer acc ", func() error { _, err := account.Get(ctx); return err }},
		{`POST /v1/account/password Bearer acc {"old":"o","new":"n"}`, func() error {
			return account.ChangePassword(ctx, api.PasswordChange{Old: "o", New: "n"})
		}},
		{"GET /v1/verification-options Bearer acc ", func() error { _, err := account.Options(ctx); return err }},
		{`POST /v1/verifications Bearer acc {"method":"affiliate","affiliate":"mall"}`, func() error {
			_, err := account.Begin(ctx, api.NewVerification{Method: verification.Affiliate, Affiliate: "mall"})
			return err
		}},
		{"GET /v1/verifications/a%2Fb Bearer acc ", func() error { _, err := account.View(ctx, "a/b"); return err }},
		{"POST /v1/verifications/v/code Bearer acc {}", func() error { _, err := account.SendCode(ctx, "v"); return err }},
		{`POST /v1/verifications/v/code/check Bearer acc {"code":"123456"}`, func() error {
			_, err := account.CheckCode(ctx, "v", api.CodeCheck{Code: "123456"})
			return err
		}},
		{`POST /v1/verifications/v/handoff Bearer acc {"replace":true}`, func() error {
			_, err := account.Handoff(ctx, "v", api.NewHandoff{Replace: true})
			return err
		}},
		{"POST /v1/verifications/v/review Bearer acc {}", func() error { _, err := account.Review(ctx, "v"); return err }},
		{"DELETE /v1/verifications/v Bearer acc ", func() error { return account.Cancel(ctx, "v") }},
		{"GET /v1/account/records Bearer acc ", func() error { _, err := account.Records(ctx); return err }},
		{"DELETE /v1/account/grants/svc_1 Bearer acc ", func() error { return account.Revoke(ctx, "svc_1") }},
		{"DELETE /v1/account/identity Bearer acc ", func() error { return account.EraseIdentity(ctx) }},
		{"GET /v1/handoff Bearer pho ", func() error { _, err := phone.Get(ctx); return err }},
		{`POST /v1/handoff/confirm Bearer pho {"number":"27"}`, func() error { _, err := phone.Confirm(ctx, "27"); return err }},
		{`POST /v1/handoff/consent Bearer pho {"version":"1"}`, func() error { _, err := phone.Consent(ctx, api.Consent{Version: "1"}); return err }},
		{"POST /v1/handoff/decline Bearer pho {}", func() error { _, err := phone.Decline(ctx); return err }},
		{`POST /v1/handoff/challenge Bearer pho {"frames_per_second":15}`, func() error { _, err := phone.Challenge(ctx, api.ChallengeRequest{FramesPerSecond: 15}); return err }},
		{`POST /v1/handoff/progress Bearer pho {"step":"sending"}`, func() error {
			return phone.Progress(ctx, api.Progress{Step: verification.StepSending})
		}},
	}
	for _, call := range calls {
		got = ""
		if err := call.call(); err != nil {
			t.Errorf("%s: %v", call.want, err)
		}
		if got != call.want {
			t.Errorf("sent %q, want %q", got, call.want)
		}
	}
}

func TestAProblemDocumentIsTheError(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "42")
		refuse(w, problem.RateLimited)
	})
	_, err := c.Account("t").SendCode(context.Background(), "v")
	var p *problem.Problem
	if !errors.As(err, &p) {
		t.Fatalf("error is %v, want a problem", err)
	}
	if p.Code != problem.RateLimited || p.Status != http.StatusTooManyRequests || p.RetryAfter != 42*time.Second {
		t.Errorf("problem is %+v", p)
	}
}

func TestRetryAfterMayBeADateWhateverTheClock(t *testing.T) {
	for _, skew := range []time.Duration{0, 90 * time.Second, -time.Hour, 8 * time.Hour} {
		server := newClock(always).Now().Add(skew)
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", server.Format(http.TimeFormat))
			w.Header().Set("Retry-After", server.Add(90*time.Second).Format(http.TimeFormat))
			refuse(w, problem.Busy)
		})
		_, err := c.Account("t").Get(context.Background())
		var p *problem.Problem
		if !errors.As(err, &p) || p.RetryAfter != 90*time.Second {
			t.Errorf("clocks %v apart: %v, retry after %v", skew, err, p.RetryAfter)
		}
	}
}

func TestAnAnswerThatIsNotTheBackendsMeansUnreachable(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"proxy page":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"redirect":      func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) },
		"web page":      func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"empty problem": func(w http.ResponseWriter, _ *http.Request) { refuse(w, "") },
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{")
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, handler).Account("t").Get(context.Background())
			var unreachable *client.UnreachableError
			if !errors.As(err, &unreachable) {
				t.Errorf("error is %v, want unreachable", err)
			}
		})
	}
}

func TestAnotherProgramOnThePortIsToldFromAServerThatIsAway(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"a web page": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<!doctype html><title>printer</title>")
		},
		"another JSON":    func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"status":"ok"}`) },
		"an empty answer": func(http.ResponseWriter, *http.Request) {},
		"not found":       http.NotFound,
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://pay.example/", http.StatusFound)
		},
		"another mode's API": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"mode":"demo"}`) },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, handler).Info(t.Context())
			var away *client.UnreachableError
			if !errors.Is(err, client.ErrNotBackend) || !errors.As(err, &away) {
				t.Errorf("got %v", err)
			}
		})
	}
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	c, err := client.New(client.Config{Server: "https" + strings.TrimPrefix(plain.URL, "http"), Clock: newClock(always)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Info(t.Context()); !errors.Is(err, client.ErrNotBackend) {
		t.Errorf("plain HTTP behind https: %v", err)
	}
	plain.Close()
	c, err = client.New(client.Config{Server: plain.URL, Clock: newClock(always)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Info(t.Context()); err == nil || errors.Is(err, client.ErrNotBackend) {
		t.Errorf("nobody on the port: %v", err)
	}
}

func TestEachForeignAnswerIsToldApart(t *testing.T) {
	page := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<html>")
		}
	}
	for _, row := range []struct {
		handler http.HandlerFunc
		kind    client.Foreign
		calls   int32
	}{
		{page(http.StatusRequestEntityTooLarge), client.TooLarge, 1},
		{page(http.StatusBadGateway), client.Gateway, 2},
		{page(http.StatusServiceUnavailable), client.Gateway, 2},
		{page(http.StatusGatewayTimeout), client.Gateway, 2},
		{page(http.StatusNetworkAuthenticationRequired), client.Portal, 1},
		{func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://portal.example/", http.StatusFound)
		}, client.Portal, 1},
		{page(http.StatusOK), client.Page, 1},
		{page(http.StatusForbidden), client.Page, 1},
		{page(http.StatusNotFound), client.Page, 1},
	} {
		var calls atomic.Int32
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			row.handler(w, r)
		})
		_, err := c.Account("t").Get(t.Context())
		var foreign *client.ForeignError
		if !errors.As(err, &foreign) || foreign.Kind != row.kind || client.Lasting(err) == (row.kind == client.Gateway) {
			t.Errorf("%s: %v", row.kind, err)
		}
		if calls.Load() != row.calls {
			t.Errorf("%s: sent %d times, want %d", row.kind, calls.Load(), row.calls)
		}
	}
}

// TestAnUploadThatIsTooLargeForAProxyIsSaidBeforeItIsSent has a proxy that answers
// by the length alone and reads nothing, as those do.
func TestAnUploadThatIsTooLargeForAProxyIsSaidBeforeItIsSent(t *testing.T) {
	frames := make([][]byte, 24)
	for i := range frames {
		frames[i] = make([]byte, 120<<10)
	}
	for range 20 {
		var calls atomic.Int32
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			if r.ContentLength < 2<<20 {
				t.Errorf("the length is %d", r.ContentLength)
			}
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			_, _ = io.WriteString(w, "<html>")
		})
		var done atomic.Int64
		_, err := c.Phone("p").Evidence(t.Context(), []byte("{}"), frames, func(sent, _ int64) { done.Store(sent) })
		var foreign *client.ForeignError
		if !errors.As(err, &foreign) || foreign.Kind != client.TooLarge {
			t.Fatalf("got %v", err)
		}
		if done.Load() != 0 || calls.Load() != 1 {
			t.Fatalf("%d bytes were sent, in %d calls", done.Load(), calls.Load())
		}
	}
}

func TestAFailedConnectionIsTriedAgainWithTheSameKey(t *testing.T) {
	var keys []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get(api.IdempotencyHeader))
		if len(keys) == 1 {
			connection, _, _ := http.NewResponseController(w).Hijack()
			connection.Close()
			return
		}
		answer(w, http.StatusOK, verification.View{ID: "v"})
	}, func(config *client.Config) { config.Random = strings.NewReader(strings.Repeat("k", 32)) })
	view, err := c.Account("t").Review(context.Background(), "v")
	if err != nil || view.ID != "v" {
		t.Fatalf("review: %v, %v", view, err)
	}
	if want := strings.Repeat("6b", 16); !slices.Equal(keys, []string{want, want}) {
		t.Errorf("keys %q", keys)
	}
}

func TestACallThatMustNotArriveTwiceIsSentOnce(t *testing.T) {
	var calls atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(api.IdempotencyHeader) != "" {
			t.Error("a claim without an account has no idempotency")
		}
		calls.Add(1)
		connection, _, _ := http.NewResponseController(w).Hijack()
		connection.Close()
	})
	if _, err := c.Claim(context.Background(), "", api.Claim{}); err == nil {
		t.Error("no error")
	}
	if calls.Load() != 1 {
		t.Errorf("sent %d times", calls.Load())
	}
}

func TestTwoCallsHaveTwoKeys(t *testing.T) {
	keys := map[string]bool{}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		keys[r.Header.Get(api.IdempotencyHeader)] = true
		answer(w, http.StatusOK, verification.View{})
	})
	for range 2 {
		if _, err := c.Account("t").SendCode(context.Background(), "v"); err != nil {
			t.Fatal(err)
		}
	}
	if len(keys) != 2 || keys[""] {
		t.Errorf("keys %v", keys)
	}
}

func TestTheDeviceNameSurvivesTheHeader(t *testing.T) {
	var got string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = api.DecodeDevice(r.Header.Get(api.DeviceHeader))
		answer(w, http.StatusOK, api.Account{})
	}, func(config *client.Config) { config.Device = "张伟的电脑 100%" })
	if _, err := c.Account("t").Get(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got != "张伟的电脑 100%" {
		t.Errorf("device %q", got)
	}
}

func TestEvidenceArrivesAsItWasSigned(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	frames := [][]byte{[]byte("first"), []byte("second")}
	manifest, err := handoff.Sign(private, handoff.Manifest{Challenge: "c", Nonce: "n", Frames: []handoff.ManifestFrame{
		{SHA256: handoff.HashFrame(frames[0])}, {SHA256: handoff.HashFrame(frames[1]), Millis: 66},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		form, err := r.MultipartReader()
		if err != nil {
			t.Error(err)
			return
		}
		for {
			part, err := form.NextPart()
			if err != nil {
				break
			}
			data, _ := io.ReadAll(part)
			order = append(order, part.FormName()+" "+part.Header.Get("Content-Type"))
			if part.FormName() == "manifest" {
				if _, err := handoff.Open(public, data); err != nil {
					t.Error(err)
				}
			}
		}
		answer(w, http.StatusAccepted, api.PhoneView{View: verification.View{Status: verification.Judging}})
	})
	var done, total int64
	view, err := c.Phone("p").Evidence(context.Background(), manifest, frames, func(d, all int64) { done, total = d, all })
	if err != nil || view.Status != verification.Judging {
		t.Fatalf("evidence: %v %v", view.Status, err)
	}
	if want := []string{"manifest application/json", "frame image/jpeg", "frame image/jpeg"}; !slices.Equal(order, want) {
		t.Errorf("parts %q", order)
	}
	if done == 0 || done != total {
		t.Errorf("sent %d of %d", done, total)
	}
}

// parts reads a form and hands each part to take, as it comes.
func parts(t *testing.T, r *http.Request, take func(name string, data []byte)) {
	t.Helper()
	form, err := r.MultipartReader()
	if err != nil {
		t.Error(err)
		return
	}
	for {
		part, err := form.NextPart()
		if err != nil {
			return
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return
		}
		take(part.FormName(), data)
	}
}

func TestAStreamSendsFramesAsTheyAreTaken(t *testing.T) {
	came := make(chan string, 8)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		parts(t, r, func(name string, data []byte) { came <- name + " " + string(data) })
		answer(w, http.StatusAccepted, api.PhoneView{View: verification.View{Status: verification.Judging}})
	})
	s := c.Phone("p").Stream(t.Context())
	defer s.Close()
	// A part is known to be whole once the next one begins.
	s.Frame([]byte("first"))
	s.Frame([]byte("second"))
	if got := <-came; got != "frame first" {
		t.Errorf("%q came", got)
	}
	var done, total int64
	view, err := s.Finish(t.Context(), []byte("{}"), func(d, all int64) { done, total = d, all })
	if err != nil || view.Status != verification.Judging {
		t.Errorf("%v, %v", view.Status, err)
	}
	if got := []string{<-came, <-came}; !slices.Equal(got, []string{"frame second", "manifest {}"}) {
		t.Errorf("%q came", got)
	}
	if done == 0 || done != total {
		t.Errorf("sent %d of %d", done, total)
	}
}

func TestAStreamIsRefusedBeforeItsEnd(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		// As the backend does: a server reads on before it answers, unless it may not.
		if err := http.NewResponseController(w).SetReadDeadline(time.Now()); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", problem.ContentType)
		w.WriteHeader(problem.FaceNotFound.Status())
		_, _ = io.WriteString(w, `{"code":"face_not_found"}`)
	})
	s := c.Phone("p").Stream(t.Context())
	defer s.Close()
	s.Frame([]byte("first"))
	var p *problem.Problem
	if err := <-s.Refused(); !errors.As(err, &p) || p.Code != problem.FaceNotFound {
		t.Errorf("refused with %v", err)
	}
}

// A server that takes no stream now has judged no frame: the capture goes on.
func TestAStreamThatFindsTheServerBusyIsSentAsAWhole(t *testing.T) {
	var keys []string
	told := make(chan struct{})
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get(api.IdempotencyHeader))
		if len(keys) == 1 {
			defer close(told)
			if err := http.NewResponseController(w).SetReadDeadline(time.Now()); err != nil {
				t.Error(err)
			}
			refuse(w, problem.Busy)
			return
		}
		parts(t, r, func(string, []byte) {})
		answer(w, http.StatusAccepted, api.PhoneView{View: verification.View{Status: verification.Judging}})
	})
	s := c.Phone("p").Stream(t.Context())
	defer s.Close()
	s.Frame([]byte("first"))
	<-told
	view, err := s.Finish(t.Context(), []byte("{}"), nil)
	if err != nil || view.Status != verification.Judging {
		t.Fatalf("%v, %v", view.Status, err)
	}
	select {
	case err := <-s.Refused():
		t.Errorf("it ended the capture: %v", err)
	default:
	}
	if len(keys) != 2 || keys[0] != keys[1] {
		t.Errorf("keys %q", keys)
	}
}

func TestABrokenStreamIsSentAgainAsAWholeWithTheSameKey(t *testing.T) {
	var keys []string
	var whole []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get(api.IdempotencyHeader))
		if len(keys) == 1 {
			connection, _, _ := http.NewResponseController(w).Hijack()
			connection.Close()
			return
		}
		parts(t, r, func(name string, data []byte) { whole = append(whole, name+" "+string(data)) })
		answer(w, http.StatusAccepted, api.PhoneView{View: verification.View{Status: verification.Judging}})
	})
	s := c.Phone("p").Stream(t.Context())
	defer s.Close()
	s.Frame([]byte("first"))
	view, err := s.Finish(t.Context(), []byte("{}"), nil)
	if err != nil || view.Status != verification.Judging {
		t.Fatalf("%v, %v", view.Status, err)
	}
	if len(keys) != 2 || keys[0] == "" || keys[0] != keys[1] {
		t.Errorf("keys %q", keys)
	}
	if !slices.Equal(whole, []string{"frame first", "manifest {}"}) {
		t.Errorf("%q came", whole)
	}
}

func TestAStreamThatIsClosedEnds(t *testing.T) {
	came, ended := make(chan struct{}, 8), make(chan struct{})
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		parts(t, r, func(string, []byte) { came <- struct{}{} })
		close(ended)
	})
	s := c.Phone("p").Stream(t.Context())
	s.Frame([]byte("first"))
	s.Frame([]byte("second"))
	<-came
	s.Close()
	<-ended
	if view, err := s.Finish(t.Context(), []byte("{}"), nil); err == nil {
		t.Errorf("a closed stream was answered: %+v", view)
	}
}

func TestAnAddressMustBeAServers(t *testing.T) {
	for _, address := range []string{"", "http://example.com", "ftp://localhost", "https://user@host", "https://host/path"} {
		if _, err := client.New(client.Config{Server: address}); !errors.Is(err, handoff.ErrServer) {
			t.Errorf("%q: %v", address, err)
		}
	}
}
