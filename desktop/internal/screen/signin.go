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

// connectStep looks for the server, and asks for its address.
type connectStep struct {
	base
	address *ui.Field
	connect *ui.Button
}

func newConnectStep(d deps, s flow.State) *connectStep {
	c := &connectStep{}
	c.keys.OnEnter = func() {
		c.do(func(ctx context.Context) { d.flow.UseServer(ctx, c.address.Entry.Text) })()
	}
	c.address = ui.NewField(sentences.T("pc.server.address"), ui.NewEntry(&c.keys), nil)
	c.address.Entry.SetText(s.Address)
	c.connect = ui.NewPrimary(sentences.T("pc.server.connect"), &c.keys, c.keys.OnEnter)
	c.focus = c.address.Entry
	c.lay(d, sentences.T("pc.server.title"), sentences.T("pc.server.why"),
		container.NewVBox(c.address, ui.Caption(sentences.T("pc.server.hint"))), nil, list(c.connect))
	c.ExtendBaseWidget(c)
	c.show(s)
	return c
}

func (c *connectStep) show(s flow.State) {
	idle := s.Doing == flow.DoingNothing
	enable(c.connect, idle)
	switch {
	case !idle:
		c.say(ui.KindInfo, sentences.T("pc.server.looking", sentences.Data{"Address": s.Address}))
	case s.Key != nil:
		c.say(ui.KindCaution, sentences.T("error.key_unknown"))
	default:
		c.sayError(s)
	}
}

// signInStep signs in or makes an account.
type signInStep struct {
	base
	username, password *ui.Field
	signIn, create     *ui.Button
	server             *fyne.Container
	filled             api.Credentials
}

func newSignInStep(d deps, s flow.State) *signInStep {
	c := &signInStep{server: container.NewStack()}
	c.keys.OnEnter = func() { c.send(false) }
	c.username = ui.NewField(sentences.T("pc.signin.username"), ui.NewEntry(&c.keys), nil)
	c.password = ui.NewField(sentences.T("pc.signin.password"), ui.NewPasswordEntry(&c.keys), nil)
	c.signIn = ui.NewPrimary(sentences.T("pc.signin.go"), &c.keys, c.keys.OnEnter)
	c.create = ui.NewButton(sentences.T("pc.signin.create"), &c.keys, func() { c.send(true) })
	c.focus = c.username.Entry
	c.lay(d, sentences.T("pc.signin.title"), sentences.T("pc.signin.why"),
		container.NewVBox(c.username, c.password, ui.Space(1), c.server), list(c.create), list(c.signIn))
	c.ExtendBaseWidget(c)
	c.show(s)
	return c
}

func (c *signInStep) send(create bool) {
	in := api.Credentials{Username: c.username.Entry.Text, Password: c.password.Entry.Text}
	c.username.SetNote(ui.KindRefused, "")
	c.password.SetNote(ui.KindRefused, "")
	switch {
	case in.Username == "":
		c.username.SetNote(ui.KindRefused, sentences.T("pc.signin.username.missing"))
		return
	case in.Password == "":
		c.password.SetNote(ui.KindRefused, sentences.T("pc.signin.password.missing"))
		return
	case create && len([]rune(in.Password)) < 8:
		c.password.SetNote(ui.KindRefused, sentences.T("pc.signin.password.short"))
		return
	}
	c.do(func(ctx context.Context) { c.deps.flow.SignIn(ctx, in, create) })()
}

func (c *signInStep) show(s flow.State) {
	if s.Credentials != c.filled {
		c.filled = s.Credentials
		c.username.Entry.SetText(s.Credentials.Username)
		c.password.Entry.SetText(s.Credentials.Password)
	}
	key := sentences.T("pc.server.loopback")
	if s.Fingerprint != "" {
		key = s.Fingerprint
	}
	c.server.Objects = list(container.NewVBox(
		ui.NewFacts([2]string{sentences.T("pc.server"), s.Address}, [2]string{sentences.T("pc.server.fingerprint"), key}),
	))
	c.server.Refresh()
	idle := s.Doing == flow.DoingNothing
	enable(c.signIn, idle)
	enable(c.create, idle)
	c.sayError(s)
}
