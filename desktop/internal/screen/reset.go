package screen

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// resetStep sets a new password: by a code to the mobile number that verified the
// account, by one to an e-mail address where the server sends such, or by one from
// support.
type resetStep struct {
	base
	username, mobile, email *ui.Field
	code, password          *ui.Field
	ask, set                *fyne.Container
	ways                    *ui.Row
	send, save              *ui.Button
	again                   *ui.Button // back to the number
	other                   *ui.Button // the other way, with a code from support
	byEmail                 *ui.Button // the address instead of the number, and back
	support, mail           bool
	state                   flow.State
}

func newResetStep(d deps, s flow.State) *resetStep {
	r := &resetStep{}
	r.keys.OnEnter = r.next
	r.keys.OnEscape = func() { d.flow.Go(flow.PageSignIn) }
	r.username = field("pc.signin.username", ui.NewEntry(&r.keys), nil)
	r.username.Entry.SetText(s.Credentials.Username)
	r.mobile = field("pc.field.mobile", ui.NewEntry(&r.keys), nil)
	r.email = field("pc.field.email", ui.NewEntry(&r.keys), nil)
	r.code = field("pc.reset.code", ui.NewEntry(&r.keys), nil)
	r.password = field("pc.reset.new", ui.NewPasswordEntry(&r.keys), nil)
	r.ask, r.set = container.NewVBox(r.username, r.mobile, r.email), container.NewVBox(r.code, r.password)
	r.send = primary("pc.reset.send", &r.keys, r.next)
	r.save = primary("pc.reset.set", &r.keys, r.next)
	r.again = quiet("pc.reset.again", &r.keys, func() {
		r.code.Entry.SetText("") // it is of the number before
		d.flow.AskResetAgain()
	})
	r.other = quiet("pc.reset.support", &r.keys, func() {
		r.support = !r.support
		r.show(r.state)
	})
	r.byEmail = quiet("pc.reset.by_email", &r.keys, func() {
		r.mail = !r.mail
		r.show(r.state)
	})
	r.ways = ui.NewRow(list(r.again, r.byEmail, r.other), nil)
	r.focus = r.username.Entry
	r.lay(d, sentences.T("pc.reset.title"), " ", container.NewVBox(r.ask, r.set, r.ways),
		list(button("pc.back", &r.keys, r.keys.OnEscape)), list(r.send, r.save))
	r.ExtendBaseWidget(r)
	r.show(s)
	return r
}

// coded reports whether there is a code to type.
func (r *resetStep) coded() bool { return r.support || r.state.Reset != nil }

// next sends what is typed.
func (r *resetStep) next() {
	if r.state.Doing != flow.DoingNothing {
		return
	}
	to := r.mobile
	if r.mail {
		to = r.email
	}
	fields := []*ui.Field{r.username, to}
	if r.coded() {
		fields = []*ui.Field{r.code, r.password}
	}
	for _, f := range fields {
		if f.SetNote(ui.KindRefused, ""); f.Entry.Text == "" {
			f.SetNote(ui.KindRefused, sentences.T("pc.reset.missing"))
			return
		}
	}
	if !r.coded() {
		in := api.NewReset{Username: r.username.Entry.Text}
		if r.mail {
			in.Email = to.Entry.Text
		} else {
			in.Mobile = to.Entry.Text
		}
		r.do(func(ctx context.Context) { r.deps.flow.BeginReset(ctx, in) })()
		return
	}
	in, support := api.ResetPassword{Code: r.code.Entry.Text, New: r.password.Entry.Text}, r.support
	r.do(func(ctx context.Context) { r.deps.flow.FinishReset(ctx, in, support) })()
}

func (r *resetStep) show(s flow.State) {
	r.state = s
	coded := r.coded()
	r.ask.Show()
	r.set.Hide()
	if coded {
		r.ask.Hide()
		r.set.Show()
	}
	r.visible(r.mobile, !r.mail)
	r.visible(r.email, r.mail)
	why, other, byEmail := r.words()
	say(r.byEmail, byEmail)
	r.visible(r.byEmail, s.SignIn.ResetByEmail && !coded)
	r.headline(sentences.T("pc.reset.title"), sentences.T(why))
	say(r.other, other)
	r.visible(r.send, !coded)
	r.visible(r.save, coded)
	r.visible(r.again, coded && !r.support)
	r.ways.Refresh() // the other moves beside it
	idle := s.Doing == flow.DoingNothing
	for _, b := range []*ui.Button{r.send, r.save, r.again, r.byEmail, r.other} {
		enable(b, idle)
	}
	r.sayError(s)
}

// words are the keys of what stands above the form, and of the two other ways.
func (r *resetStep) words() (why, other, byEmail string) {
	why, other, byEmail = "pc.reset.why", "pc.reset.support", "pc.reset.by_email"
	if r.mail {
		why, byEmail = "pc.reset.email.why", "pc.reset.by_sms"
	}
	switch {
	case r.support:
		why, other = "pc.reset.support.why", "pc.reset.by_sms"
	case r.coded() && r.mail:
		why = "pc.reset.email.sent"
	case r.coded():
		why = "pc.reset.sent"
	}
	return why, other, byEmail
}
