//go:build !race

package e2e_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// step is one row of the status table of docs/api.md, read as: this call, in
// these statuses, ends in one of those. In any other status it is refused and
// changes nothing.
type step struct {
	in   []verification.Status
	ends []verification.Status
}

// Short names for the table.
const (
	codeRequired = verification.CodeRequired
	faceRequired = verification.FaceRequired
	confirming   = verification.Confirming
	capturing    = verification.Capturing
	judging      = verification.Judging
	inReview     = verification.InReview
	verified     = verification.Verified
	rejected     = verification.Rejected
	cancelled    = verification.Cancelled
)

func in(s ...verification.Status) []verification.Status { return s }

// table is the model. It is written from docs/api.md, not from the code.
var table = map[string]step{
	"send code":       {in(codeRequired), in(codeRequired)},
	"right code":      {in(codeRequired), in(verified)},
	"wrong code":      {in(codeRequired), in(codeRequired, rejected)},
	"hand-off":        {in(faceRequired, inReview), in(faceRequired, inReview)}, // in review: for pictures, which change no status
	"replace phone":   {in(faceRequired, confirming, capturing, inReview), in(faceRequired, inReview)},
	"ask for review":  {in(faceRequired, confirming, capturing), in(inReview)},
	"cancel":          {in(codeRequired, faceRequired, confirming, capturing, judging, inReview), in(cancelled)},
	"claim":           {in(faceRequired, inReview), in(confirming, inReview)},
	"right number":    {in(confirming, inReview), in(confirming, inReview)},
	"wrong number":    {in(confirming, inReview), in(faceRequired, inReview, rejected)}, // rejected where reviews were refused before
	"consent":         {in(confirming), in(capturing)},
	"decline":         {in(confirming, capturing, inReview), in(faceRequired, inReview, rejected)},
	"challenge":       {in(capturing), in(capturing)},
	"progress":        {in(capturing), in(capturing)},
	"live evidence":   {in(capturing), in(verified)},
	"wrong face":      {in(capturing), in(faceRequired, rejected)},
	"engine is away":  {in(capturing), in(capturing)},
	"operator agrees": {in(inReview), in(verified)},
	"operator not":    {in(inReview), in(rejected)},
}

// world is one account and what its apps remember.
type world struct {
	*server
	account *client.Account
	person  api.Person
	method  verification.Method
	id      verification.ID
	ticket  string
	phone   *phone
	last    verification.View
	// least is the fewest attempts that any case of the account had left.
	least int
}

// newest reads the case and checks what must hold of any two views in a row.
func (w *world) newest(t *rapid.T) verification.View {
	v, err := w.account.View(w.t.Context(), w.id)
	if err != nil {
		t.Fatalf("view: %v", err)
	}
	if w.last.ID == v.ID {
		switch {
		case v.Version < w.last.Version:
			t.Fatalf("version fell from %d to %d", w.last.Version, v.Version)
		case v.AttemptsLeft > w.last.AttemptsLeft:
			t.Fatalf("attempts rose from %d to %d", w.last.AttemptsLeft, v.AttemptsLeft)
		case w.last.Status.Final() && v.Status != w.last.Status:
			t.Fatalf("a final %s became %s", w.last.Status, v.Status)
		case v.Version == w.last.Version && v.Status != w.last.Status:
			t.Fatalf("%s became %s without a new version", w.last.Status, v.Status)
		}
	}
	w.last, w.least = v, min(w.least, v.AttemptsLeft)
	return v
}

// play makes one call and compares what came of it with the table.
func (w *world) play(t *rapid.T, name string, call func() error) {
	if w.id == "" {
		t.Skip("no case yet")
	}
	before := w.newest(t)
	err := call()
	if errors.Is(err, errNotNow) {
		t.Skip(name)
	}
	var refused *problem.Problem
	if err != nil && !errors.As(err, &refused) {
		t.Fatalf("%s in %s: %v", name, before.Status, err)
	}
	if refused != nil && refused.Status >= 500 && refused.Code != problem.ProviderUnavailable {
		t.Fatalf("%s in %s: %v", name, before.Status, refused)
	}
	after := w.settled(t)
	rule := table[name]
	allowed := slices.Contains(rule.in, before.Status)
	switch {
	case after.ID != before.ID: // a rejected face may be reviewed, as a new case
		if name != "ask for review" || before.Status != rejected || after.Status != inReview {
			t.Fatalf("%s in %s opened a case that is %s", name, before.Status, after.Status)
		}
	case !allowed && err == nil:
		t.Fatalf("%s was accepted in %s", name, before.Status)
	case !allowed && after.Status != before.Status:
		t.Fatalf("%s was refused in %s with %v, and made it %s", name, before.Status, err, after.Status)
	case err != nil && after.Status != before.Status && refused.Code != problem.CodeWrong:
		t.Fatalf("%s failed in %s with %v, and made it %s", name, before.Status, err, after.Status)
	case allowed && err == nil && !slices.Contains(rule.ends, after.Status):
		t.Fatalf("%s made %s of %s", name, after.Status, before.Status)
	case refused != nil && refused.Code == problem.Conflict && !strings.HasSuffix(refused.Instance, string(before.ID)):
		t.Fatalf("the conflict names %q", refused.Instance)
	}
}

// settled waits for a verdict that runs in the background.
func (w *world) settled(t *rapid.T) verification.View {
	v := w.newest(t)
	for v.Status == judging {
		await(w.t, w.account, w.id, judging)
		v = w.newest(t)
	}
	return v
}

// errNotNow is a call that this app could not make at all.
var errNotNow = errors.New("not now")

// onPhone runs a call of the phone, if there is one.
func (w *world) onPhone(call func(p *phone) error) error {
	if w.phone == nil {
		return errNotNow
	}
	return call(w.phone)
}

func (w *world) begin(t *rapid.T, m verification.Method) {
	request := byMobile(w.person)
	if m == verification.Face {
		request = byFace(w.person)
	}
	status := verification.Status("")
	if w.id != "" {
		status = w.newest(t).Status
	}
	v, err := w.account.Begin(w.t.Context(), request)
	var refused *problem.Problem
	switch {
	case err == nil && status != "" && !status.Final():
		t.Fatalf("a second case beside one that is %s", status)
	case err == nil && v.AttemptsLeft > w.least:
		t.Fatalf("a new case has %d attempts, where %d were left", v.AttemptsLeft, w.least)
	case err == nil:
		w.id, w.method, w.ticket, w.phone, w.last = v.ID, m, "", nil, verification.View{}
	case !errors.As(err, &refused):
		t.Fatalf("begin: %v", err)
	case status == verified && refused.Code == problem.AlreadyVerified:
	case status != "" && !status.Final() && refused.Code == problem.Conflict && strings.HasSuffix(refused.Instance, string(w.id)):
	case w.least == 0 && refused.Code == problem.TooManyAttempts:
	default:
		t.Fatalf("begin with a case that is %q: %v", status, err)
	}
}

// check sends the code that the sandbox's inbox holds, or a wrong one.
func (w *world) check(right bool) error {
	messages, err := w.client.SandboxSMS(w.t.Context(), w.person.Mobile)
	if err != nil {
		return err
	}
	if len(messages) == 0 {
		return errNotNow
	}
	code := messages[0].Code
	if !right {
		code = fmt.Sprintf("%06d", (int(code[5]-'0')+1)%10)
		if code == messages[0].Code {
			return errNotNow
		}
	}
	_, err = w.account.CheckCode(w.t.Context(), w.id, api.CodeCheck{Code: code})
	return err
}

func (w *world) handoff(replace bool) error {
	h, err := w.account.Handoff(w.t.Context(), w.id, api.NewHandoff{Replace: replace})
	if err == nil {
		w.ticket = ticketOf(w.t, h)
	}
	return err
}

func (w *world) takeTicket() error {
	if w.ticket == "" {
		return errNotNow
	}
	d, key := device(w.t)
	claimed, err := w.client.Claim(w.t.Context(), "", api.Claim{Ticket: w.ticket, Device: d})
	if err != nil {
		return err
	}
	token := client.PhoneToken(claimed.Token)
	w.phone = &phone{Phone: w.client.Phone(token), token: token, key: key}
	return nil
}

func (w *world) typeNumber(right bool) error {
	return w.onPhone(func(p *phone) error {
		number := "10"
		if h := w.last.Handoff; h != nil && (h.Number == number) != right {
			if number = h.Number; !right {
				number = "11"
			}
		}
		_, err := p.Confirm(w.t.Context(), number)
		return err
	})
}

func (w *world) evidence(err error, failed verification.Reason) error {
	w.judge.set(nil, err, failed)
	return w.onPhone(func(p *phone) error {
		_, err := w.scan(p)
		return err
	})
}

func (w *world) decide(path string) error {
	status, body := w.operator().do("POST", strings.Replace(path, "{id}", string(w.id), 1), `{"reason":"as the model says"}`)
	if status == 200 {
		return nil
	}
	return &problem.Problem{Status: status, Code: problem.Conflict, Instance: string(w.id), Detail: body}
}

func TestRandomCallsFollowTheStatusTable(t *testing.T) {
	cfg := sandboxConfig(t)
	uncap(&cfg)
	cfg.Streams, cfg.StreamsPerCaller = 0, 0
	s := start(t, cfg)
	s.givePortrait("郑强")
	person := s.person("郑强")
	accounts := 0
	rapid.Check(t, func(t *rapid.T) {
		accounts++
		w := &world{server: s, account: s.signUp(fmt.Sprintf("random-%d", accounts)), person: person, least: cfg.Verify.FaceAttempts}
		defer func() { // the ID is free again for the next account, and its attempts are those of another day
			defer s.clock.Advance(25 * time.Hour)
			if err := w.account.EraseIdentity(s.t.Context()); err != nil {
				t.Fatalf("erase: %v", err)
			}
		}()
		ctx := s.t.Context()
		play := func(name string, call func() error) func(*rapid.T) {
			return func(t *rapid.T) { w.play(t, name, call) }
		}
		w.begin(t, rapid.SampledFrom([]verification.Method{verification.Mobile, verification.Face, verification.Face}).Draw(t, "method"))
		calls := map[string]func(*rapid.T){
			"begin mobile":  func(t *rapid.T) { w.begin(t, verification.Mobile) },
			"begin face":    func(t *rapid.T) { w.begin(t, verification.Face) },
			"send code":     play("send code", func() error { _, err := w.account.SendCode(ctx, w.id); return err }),
			"right code":    play("right code", func() error { return w.check(true) }),
			"wrong code":    play("wrong code", func() error { return w.check(false) }),
			"hand-off":      play("hand-off", func() error { return w.handoff(false) }),
			"replace phone": play("replace phone", func() error { return w.handoff(true) }),
			"claim":         play("claim", w.takeTicket),
			"right number":  play("right number", func() error { return w.typeNumber(true) }),
			"wrong number":  play("wrong number", func() error { return w.typeNumber(false) }),
			"consent": play("consent", func() error {
				return w.onPhone(func(p *phone) error { _, err := p.Consent(ctx, api.Consent{Version: "face-2"}); return err })
			}),
			"decline": play("decline", func() error { return w.onPhone(func(p *phone) error { _, err := p.Decline(ctx); return err }) }),
			"challenge": play("challenge", func() error {
				return w.onPhone(func(p *phone) error {
					_, err := p.Challenge(ctx, api.ChallengeRequest{FramesPerSecond: 30})
					return err
				})
			}),
			"progress": play("progress", func() error {
				return w.onPhone(func(p *phone) error { return p.Progress(ctx, api.Progress{Step: verification.StepSending}) })
			}),
			"live evidence":  play("live evidence", func() error { return w.evidence(nil, "") }),
			"wrong face":     play("wrong face", func() error { return w.evidence(nil, verification.FaceMismatch) }),
			"engine is away": play("engine is away", func() error { return w.evidence(errAway, "") }),
			"operator agrees": play("operator agrees", func() error {
				return w.decide(api.PathAdminApprove)
			}),
			"operator not":   play("operator not", func() error { return w.decide(api.PathAdminReject) }),
			"cancel":         play("cancel", func() error { return w.account.Cancel(ctx, w.id) }),
			"ask for review": play("ask for review", w.askReview),
			"time passes": func(t *rapid.T) {
				s.clock.Advance(time.Duration(rapid.IntRange(1, 400).Draw(t, "seconds")) * time.Second)
				w.newest(t)
			},
		}
		for _, often := range []string{"go on", "go on a", "go on b", "go on c", "go on d", "go on e", "go on f", "go on g", "go on h"} {
			calls[often] = w.goOn
		}
		for _, rare := range []string{"cancel", "ask for review", "operator not", "time passes", "replace phone", "decline"} {
			call := calls[rare]
			calls[rare] = func(t *rapid.T) {
				if rapid.IntRange(0, 5).Draw(t, "rare") == 0 {
					call(t)
				}
			}
		}
		t.Repeat(calls)
	})
}

// goOn makes the call that a person would make next, so that random calls
// reach the far statuses too.
func (w *world) goOn(t *rapid.T) {
	if w.id == "" {
		t.Skip("no case yet")
	}
	ctx := w.t.Context()
	switch v := w.newest(t); v.Status {
	case codeRequired:
		if v.Code == nil {
			w.play(t, "send code", func() error { _, err := w.account.SendCode(ctx, w.id); return err })
			return
		}
		w.play(t, "right code", func() error { return w.check(true) })
	case faceRequired:
		w.play(t, "hand-off", func() error { return w.handoff(false) })
		w.play(t, "claim", w.takeTicket)
	case confirming:
		w.play(t, "right number", func() error { return w.typeNumber(true) })
		w.play(t, "consent", func() error {
			return w.onPhone(func(p *phone) error { _, err := p.Consent(ctx, api.Consent{Version: "face-2"}); return err })
		})
	case capturing:
		verdict := rapid.SampledFrom([]verification.Reason{"", verification.FaceMismatch, verification.FaceMismatch, verification.FaceMismatch}).Draw(t, "verdict")
		name := "live evidence"
		if verdict != "" {
			name = "wrong face"
		}
		w.play(t, name, func() error { return w.evidence(nil, verdict) })
	case inReview, judging, verification.Checking, verified, rejected, cancelled, verification.Expired:
		t.Skip("nothing to do")
	}
}

// askReview follows the new case that a rejected face leads to.
func (w *world) askReview() error {
	v, err := w.account.Review(w.t.Context(), w.id)
	if err == nil && v.ID != w.id {
		w.id, w.phone, w.ticket, w.last = v.ID, nil, "", verification.View{}
	}
	return err
}
