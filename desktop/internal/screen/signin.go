package screen

import (
	"context"
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// connectStep looks for the server, and asks for its address.
type connectStep struct {
	base
	address *ui.Field
	connect *ui.Button
	back    *ui.Button
	wanted  string
}

func newConnectStep(d deps, s flow.State) *connectStep {
	c := &connectStep{}
	c.keys.OnEnter = func() {
		c.do(func(ctx context.Context) { d.flow.UseServer(ctx, c.address.Entry.Text) })()
	}
	c.address = field("pc.server.address", ui.NewEntry(&c.keys), nil)
	c.connect = primary("pc.server.connect", &c.keys, c.keys.OnEnter)
	c.keys.OnEscape = d.flow.KeepServer
	c.back = ui.NewButton(sentences.T("pc.server.keep", sentences.Data{"Address": s.Address}), &c.keys, c.keys.OnEscape)
	c.back.Name = "pc.server.keep"
	c.lay(d, sentences.T("pc.server.title"), sentences.T("pc.server.why"),
		container.NewVBox(c.address, ui.Caption(sentences.T("pc.server.hint"))), list(c.back), list(c.connect))
	c.ExtendBaseWidget(c)
	c.show(s)
	return c
}

func (c *connectStep) show(s flow.State) {
	if s.Wanted != c.wanted {
		c.wanted = s.Wanted
		c.address.Entry.SetText(s.Wanted)
	}
	// At its start the app looks for the server that it knows: what is typed then is meant for the screen
	// that comes.
	if c.focus = c.address.Entry; !s.Connected && s.Err == nil && s.Key == nil {
		c.focus = nil
	}
	idle := s.Doing == flow.DoingNothing
	enable(c.connect, idle)
	enable(c.back, idle)
	c.visible(c.back, s.Connected)
	var away *client.UnreachableError
	var foreign *client.ForeignError
	switch {
	case !idle:
		c.say(ui.KindInfo, sentences.T("pc.server.looking", sentences.Data{"Address": s.Wanted}))
	case errors.As(s.Err, &away) && !errors.As(s.Err, &foreign) && !client.Lasting(s.Err):
		c.say(ui.KindCaution, sentences.T("pc.server.none", sentences.Data{"Address": s.Wanted}))
	default:
		c.sayError(s)
	}
}

// signInStep signs in or makes an account.
type signInStep struct {
	base
	username, password *ui.Field
	signIn, create     *ui.Button
	forgot             *ui.Button
	issuers            []*ui.Button
	form, others       *fyne.Container
	server             *fyne.Container
	filled             api.Credentials
	ways               api.SignInOptions
}

func newSignInStep(d deps, s flow.State) *signInStep {
	c := &signInStep{server: container.NewStack(), others: container.NewVBox()}
	c.keys.OnEnter = func() { c.send(false) }
	c.keys.OnEscape = d.flow.GiveUpBrowser
	c.username = field("pc.signin.username", ui.NewEntry(&c.keys), nil)
	c.password = field("pc.signin.password", ui.NewPasswordEntry(&c.keys), nil)
	c.signIn = primary("pc.signin.go", &c.keys, c.keys.OnEnter)
	c.create = button("pc.signin.create", &c.keys, func() { c.send(true) })
	c.focus = c.username.Entry
	c.forgot = quiet("pc.signin.forgot", &c.keys, d.flow.Forgot)
	c.form = container.NewVBox(c.username, c.password, container.NewHBox(c.forgot))
	c.lay(d, sentences.T("pc.signin.title"), sentences.T("pc.signin.why"),
		container.NewVBox(c.form, c.others, ui.Space(1), c.server,
			container.NewHBox(quiet("pc.server.change", &c.keys, d.flow.AskServer))),
		list(c.create), list(c.signIn))
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
	key := s.Fingerprint
	switch {
	case key != "":
	case strings.HasPrefix(s.Address, "http:"): // a loopback host: handoff.ParseServer takes no other
		key = sentences.T("pc.server.loopback")
	default:
		key = sentences.T("pc.server.vouched")
	}
	c.server.Objects = list(container.NewVBox(
		ui.NewFacts([2]string{sentences.T("pc.server"), s.Address}, [2]string{sentences.T("pc.server.fingerprint"), key}),
	))
	c.server.Refresh()
	c.showWays(s)
	idle := s.Doing == flow.DoingNothing
	for _, b := range append(c.issuers, c.signIn, c.create, c.forgot) {
		enable(b, idle)
	}
	if s.PasswordSet && s.Err == nil {
		c.say(ui.KindVerified, sentences.T("pc.reset.done"))
		return
	}
	c.sayError(s)
}

// showWays shows the form where people sign in by password, and a button for each
// issuer.
func (c *signInStep) showWays(s flow.State) {
	if s.SignIn.Password == c.ways.Password && slices.Equal(s.SignIn.Issuers, c.ways.Issuers) {
		return
	}
	c.ways = s.SignIn
	c.visible(c.signIn, c.ways.Password)
	c.visible(c.create, c.ways.Password)
	why := "pc.signin.why"
	c.form.Show()
	if !c.ways.Password {
		why = "pc.signin.why.issuer"
		c.form.Hide()
	}
	c.issuers = nil
	c.others.RemoveAll()
	for _, issuer := range c.ways.Issuers {
		b := ui.NewButton(sentences.T("pc.signin.issuer", sentences.Data{"Name": issuer.Name}), &c.keys,
			c.do(func(ctx context.Context) { c.deps.flow.SignInAt(ctx, issuer) }))
		b.Name = "pc.signin.issuer"
		c.issuers = append(c.issuers, b)
		c.others.Add(b)
	}
	if !c.ways.Password && len(c.issuers) > 0 {
		c.issuers[0].Importance = widget.HighImportance
		c.focus = c.issuers[0]
	}
	c.headline(sentences.T("pc.signin.title"), sentences.T(why))
	c.scroll.Content.Refresh()
	c.root.Refresh()
}
