package screen

import (
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// waitStep shows that the carrier is asked.
type waitStep struct {
	base
	since *ui.Text
	from  time.Time
}

func newWaitStep(d deps, s flow.State) *waitStep {
	w := &waitStep{since: ui.Caption(""), from: d.now()}
	home := button("pc.home.back", &w.keys, w.do(d.flow.Home))
	w.keys.OnEscape = w.do(d.flow.Home)
	w.focus = home
	w.lay(d, " ", " ", container.NewVBox(widget.NewProgressBarInfinite(), w.since), list(home), nil)
	w.ExtendBaseWidget(w)
	w.show(s)
	return w
}

func (w *waitStep) show(s flow.State) {
	w.headline(sentences.Status(s.View.Status), whyOf(s))
	w.sayError(s)
	w.tick(w.deps.now())
}

// whyOf says why a case waits, or who acts.
func whyOf(s flow.State) string {
	if s.View.Reason != "" {
		return sentences.Explain(s.View.Status, s.View.Method, s.View.Reason)
	}
	return sentences.Who(s.View.Status)
}

// tick says how long it has been, and past ten seconds what to do if it stays
// so.
func (w *waitStep) tick(now time.Time) {
	took := now.Sub(w.from)
	text := sentences.T("pc.wait.since", sentences.Data{"For": sentences.Duration(took)})
	if took > 10*time.Second {
		text += " " + sentences.T("pc.wait.long")
	}
	w.since.Set(text)
}

// resultStep says how it ended and what to do next.
type resultStep struct {
	base
	primary, review *ui.Button
	move            *ui.Button // asks for the ID
	retry           *ui.Text   // when a new try may begin; nil where there is none
	moved           *ui.Text   // what became of the ID's move
	state           flow.State
}

func newResultStep(d deps, s flow.State) *resultStep {
	r := &resultStep{state: s}
	r.deps = d // the body tells times
	v := *s.View
	home := button("pc.home.back", &r.keys, r.do(d.flow.Home))
	r.keys.OnEscape = r.do(d.flow.Home)
	r.review = button("pc.result.review", &r.keys, r.do(d.flow.Review))
	r.review.Hidden = !v.Reviewable
	r.move = button("pc.move.ask", &r.keys, func() {
		text := sentences.T("pc.move.why", sentences.Data{"For": sentences.Duration(time.Duration(r.state.View.MoveWait) * time.Second)})
		decideOn(d, "pc.move.ask", text, "pc.cancel.dialog", "pc.move.ask", widget.HighImportance, r.do(d.flow.AskMove))
	})
	r.moved = ui.Body("")
	right := list(r.review, r.move)
	if v.Status == verification.Verified {
		r.keys.OnEnter = func() { d.save("realname-receipt.txt", receipt(s)) }
		r.primary = primary("pc.result.save", &r.keys, r.keys.OnEnter)
	} else {
		r.keys.OnEnter = d.flow.Correct
		r.primary = primary("pc.result.correct", &r.keys, r.keys.OnEnter)
	}
	r.focus = r.primary
	r.lay(d, sentences.Status(v.Status), "", container.NewVBox(r.body(s)...), list(home), append(right, r.primary))
	r.ExtendBaseWidget(r)
	r.show(s)
	return r
}

func (r *resultStep) body(s flow.State) []fyne.CanvasObject {
	v := *s.View
	if v.Status == verification.Verified {
		return list(ui.NewBar(ui.KindVerified, sentences.T("pc.result.done", sentences.Data{"Account": s.Account.Username})),
			ui.NewFacts(facts(s)...))
	}
	kind := ui.KindRefused
	if v.Status != verification.Rejected {
		kind = ui.KindCaution
	}
	objects := list(ui.NewBar(kind, sentences.Explain(v.Status, v.Method, v.Reason)))
	r.retry = ui.Caption(" ")
	r.tick(r.deps.now())
	return append(objects, r.retry, r.moved, ui.NewFacts(facts(s)...))
}

// movedTo says how it stands with the move of the ID; "" where nobody asked for it.
func movedTo(s flow.State) string {
	m := s.View.Move
	if m == nil {
		return ""
	}
	switch m.End {
	case "":
		return sentences.T("pc.move.asked", sentences.Data{"At": sentences.Date(after(s.ViewAt, m.DueIn).Local())})
	case "objected":
		return sentences.T("pc.move.objected")
	case "done":
		return sentences.T("pc.move.done")
	}
	return sentences.T("pc.move.failed")
}

// after is a moment by this PC's own count.
func after(arrived time.Time, seconds int64) time.Time {
	return arrived.Add(time.Duration(seconds) * time.Second)
}

// tick says when a new try may begin, by this PC's own count: what its clock
// will say then.
func (r *resultStep) tick(now time.Time) {
	if r.retry == nil {
		return
	}
	until := r.state.RetryFrom()
	left := until.Sub(now)
	if left <= 0 {
		r.retry.Set(sentences.T("pc.result.retry_now"))
		return
	}
	r.retry.Set(sentences.T("pc.result.retry_in", sentences.Data{
		"In": sentences.Duration(left), "At": sentences.Moment(until.Local(), now.Local()),
	}))
}

func (r *resultStep) show(s flow.State) {
	r.state = s
	enable(r.primary, s.Doing == flow.DoingNothing)
	enable(r.review, s.Doing == flow.DoingNothing)
	enable(r.move, s.Doing == flow.DoingNothing)
	r.visible(r.move, s.View.Movable)
	r.moved.Set(movedTo(s))
	r.moved.Hidden = movedTo(s) == ""
	r.root.Refresh()
	r.sayError(s)
}

// facts are the masked name and number, the method and the time.
func facts(s flow.State) [][2]string {
	v := *s.View
	pairs := [][2]string{
		{sentences.T("pc.field.name"), v.Identity.Name},
		{sentences.T("pc.field.number"), v.Identity.Number},
		{sentences.T("pc.result.method"), sentences.Method(v.Method)},
	}
	if v.FinishedAt != nil {
		pairs = append(pairs, [2]string{sentences.T("pc.result.time"), sentences.Date(v.FinishedAt.Local())})
	}
	return pairs
}

// receipt is the text that a person may keep: nothing in it is more than what
// the screen shows.
func receipt(s flow.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", sentences.T("pc.receipt.title"))
	for _, p := range append(facts(s),
		[2]string{sentences.T("pc.receipt.account"), s.Account.Username},
		[2]string{sentences.T("pc.server"), s.Address},
		[2]string{sentences.T("pc.receipt.id"), string(s.View.ID)}) {
		fmt.Fprintf(&b, "%s: %s\n", p[0], p[1])
	}
	if s.Sandbox() {
		fmt.Fprintf(&b, "\n%s\n", sentences.T("sandbox.stripe"))
	}
	return b.String()
}
