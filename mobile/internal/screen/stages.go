package screen

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"realname.example/mobile/internal/flow"
	"realname.example/shared/camera"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
	"realname.example/shared/version"
)

// page is what a screen shows: a title and what is read on top, a view that
// takes the room in the middle where there is one, and the buttons at the foot,
// in reach of the thumb, the primary one last.
type page struct {
	top  []fyne.CanvasObject
	view fyne.CanvasObject
	foot []fyne.CanvasObject
}

// stage returns what a stage shows.
func (s *Shell) stage(state flow.State) page { //nolint:gocyclo // one line a stage
	if flow.CameraFault(state.Err) {
		return s.fault(state)
	}
	switch state.Stage {
	case flow.Home:
		return s.home()
	case flow.Scanning:
		return s.scanning(state)
	case flow.Typing:
		return s.typing(state)
	case flow.Server:
		return s.server(state)
	case flow.Claiming:
		return page{top: list(ui.Title(sentences.T("phone.claiming")), ui.Body(state.Address))}
	case flow.Number:
		return s.number(state)
	case flow.Consenting:
		return s.consent(state)
	case flow.Ready:
		return s.ready(state)
	case flow.Capturing:
		return s.capturing()
	case flow.Sending:
		return s.sending()
	case flow.Judging:
		return page{top: list(ui.Title(sentences.Status(verification.Judging)), ui.Body(sentences.T("phone.judging")))}
	case flow.Posing:
		return s.posing(state)
	case flow.Aiming:
		return s.aiming(state)
	case flow.Shown:
		return s.taken(state)
	case flow.Result:
		return s.result(state)
	}
	return page{}
}

// list is a short way to write what stands on a page.
func list(objects ...fyne.CanvasObject) []fyne.CanvasObject { return objects }

// thumb is the least height of a button that a thumb presses.
const thumb = 48

// button runs an action of the flow. It is named by the key of its words.
func (s *Shell) button(key string, action func(context.Context)) *ui.Button {
	b := ui.NewButton(sentences.T(key), &s.keys, func() { s.cfg.Run(action) })
	b.Name = key
	b.Least = fyne.NewSize(0, thumb)
	return b
}

// leads has Enter, in an input of the screen, press the button that leads on.
func (s *Shell) leads(on *ui.Button) {
	s.keys.OnEnter = func() {
		if !on.Disabled() {
			on.OnTapped()
		}
	}
}

func (s *Shell) primary(key string, action func(context.Context)) *ui.Button {
	b := s.button(key, action)
	b.Importance = widget.HighImportance
	return b
}

func (s *Shell) back() *ui.Button {
	return s.button("phone.back", func(context.Context) { s.cfg.Flow.Home() })
}

func (s *Shell) typeCode() *ui.Button {
	return s.button("phone.type", func(context.Context) { s.cfg.Type() })
}

func (s *Shell) pick() *ui.Button {
	b := s.button("phone.picture", nil)
	b.OnTapped = func() {
		s.cfg.Pick(func(file []byte) {
			s.cfg.Run(func(ctx context.Context) { s.cfg.Flow.Picture(ctx, decode(file)) })
		})
	}
	return b
}

func (s *Shell) home() page {
	return page{
		top: list(ui.Space(6), ui.Title(sentences.T("app.name")), ui.Body(sentences.T("phone.home.how")),
			ui.Space(1), ui.Caption(sentences.T("phone.home.private")),
			ui.Caption(sentences.T("app.version", sentences.Data{"App": version.Number()}))),
		foot: list(pair(s.typeCode(), s.pick()), s.primary("phone.scan", s.cfg.Flow.Scan)),
	}
}

func (s *Shell) scanning(state flow.State) page {
	p := page{top: list(ui.Title(sentences.T("phone.scan")), ui.Body(sentences.T("phone.scan.how"))), view: s.preview}
	switch state.Torch {
	case flow.TorchOff:
		p.foot = list(s.button("phone.torch.on", func(context.Context) { s.cfg.Flow.Light(true) }))
	case flow.TorchOn:
		p.foot = list(s.button("phone.torch.off", func(context.Context) { s.cfg.Flow.Light(false) }))
	}
	p.foot = append(p.foot, pair(s.typeCode(), s.pick()), s.back())
	return p
}

// fault is the screen of a camera that cannot be used, and the ways on.
func (s *Shell) fault(state flow.State) page {
	title, what := faultText(state.Err)
	p := page{top: list(ui.Title(title), ui.NewBar(ui.KindCaution, what))}
	if state.Stage == flow.Scanning {
		p.top = append(p.top, ui.Body(sentences.T("phone.camera.or")))
		p.foot = append(s.settings(state), pair(s.typeCode(), s.pick()), s.back(), s.primary("phone.again", s.cfg.Flow.Scan))
		return p
	}
	if state.Stage == flow.Posing {
		p.foot = append(s.settings(state), pair(s.pickPicture(), s.primary("phone.again", s.cfg.Flow.Aim)))
		return p
	}
	p.top = append(p.top, ui.Body(sentences.T("phone.camera.other")))
	p.foot = append(s.settings(state), pair(s.button("phone.decline", s.cfg.Flow.Decline),
		s.primary("phone.again", s.cfg.Flow.Capture)))
	return p
}

// settings is the button to the system's settings, where only they help.
func (s *Shell) settings(state flow.State) []fyne.CanvasObject {
	open := s.cfg.Flow.Settings()
	if open == nil || !errors.Is(state.Err, camera.ErrDeniedForever) {
		return nil
	}
	return list(s.button("phone.camera.settings", open))
}

func (s *Shell) typing(state flow.State) page {
	server, code := ui.NewEntry(&s.keys), ui.NewEntry(&s.keys)
	server.Name, code.Name = "phone.type.server", "phone.type.code"
	server.SetText(state.Address)
	server.SetPlaceHolder("https://")
	code.SetText(state.Typed)
	goOn := s.primary("phone.go_on", func(ctx context.Context) {
		s.cfg.Flow.Typed(ctx, server.Text, code.Text)
	})
	s.leads(goOn)
	return page{
		top: list(
			ui.Title(sentences.T("phone.type")), ui.Body(sentences.T("phone.type.how")),
			ui.NewField(sentences.T("phone.type.server"), server, nil),
			ui.NewField(sentences.T("phone.type.code"), code, nil)),
		foot: list(pair(s.back(), goOn)),
	}
}

func (s *Shell) server(state flow.State) page {
	all := list(ui.Title(sentences.T("phone.server")))
	if state.Changed {
		all = append(all, ui.NewBar(ui.KindRefused, sentences.T("phone.server.changed")))
	} else {
		all = append(all, ui.Body(sentences.T("phone.server.new")))
	}
	facts := [][2]string{{sentences.T("phone.server.address"), state.Address}}
	if fingerprint := state.Pin.Fingerprint(); fingerprint != "" {
		facts = append(facts, [2]string{sentences.T("phone.server.key"), fingerprint})
	}
	return page{
		top:  append(all, ui.NewCard(ui.NewFacts(facts...))),
		foot: list(pair(s.back(), s.primary("phone.go_on", s.cfg.Flow.Trust))),
	}
}

func (s *Shell) number(state flow.State) page {
	first, second := ui.NewEntry(&s.keys), ui.NewEntry(&s.keys)
	first.Name, second.Name = "digit.first", "digit.second"
	goOn := s.primary("phone.go_on", func(ctx context.Context) {
		s.cfg.Flow.Number(ctx, first.Text+second.Text)
	})
	goOn.Disable()
	s.leads(goOn)
	first.SetText(s.digits[0])
	second.SetText(s.digits[1])
	check := func() {
		s.digits = [2]string{first.Text, second.Text}
		if len(first.Text) == 1 && len(second.Text) == 1 && !state.Busy {
			goOn.Enable()
		} else {
			goOn.Disable()
		}
	}
	first.OnChanged = func(text string) {
		if kept := lastDigit(text); kept != text {
			first.SetText(kept)
			return
		}
		check()
		if text != "" {
			s.cfg.Window.Canvas().Focus(second)
		}
	}
	second.OnChanged = func(text string) {
		if kept := lastDigit(text); kept != text {
			second.SetText(kept)
			return
		}
		check()
	}
	check()
	boxes := container.NewCenter(container.NewHBox(ui.AtLeast(ui.Scaled(64), first), ui.AtLeast(ui.Scaled(64), second)))
	return page{
		top: list(
			ui.Title(sentences.T("phone.asks")),
			ui.NewCard(ui.NewFacts(
				[2]string{sentences.T("phone.asks.server"), sentences.Server(state.Ask.Server)},
				[2]string{sentences.T("phone.asks.account"), state.Ask.Account},
				[2]string{sentences.T("phone.asks.pc"), state.Ask.PC},
				[2]string{sentences.T("phone.asks.network"), state.Ask.Network},
			)),
			ui.Body(sentences.T("phone.asks.bind", sentences.Data{"Name": state.Ask.Name, "Account": state.Ask.Account})),
			ui.Body(sentences.T("phone.number")), boxes),
		foot: list(pair(s.button("phone.not_me", s.cfg.Flow.Decline), goOn)),
	}
}

// lastDigit keeps the digit that was typed last.
func lastDigit(text string) string {
	kept := ""
	for _, r := range text {
		if strings.ContainsRune("0123456789", r) {
			kept = string(r)
		}
	}
	return kept
}

func (s *Shell) consent(state flow.State) page {
	if state.ConsentText.Text == "" {
		return s.consentTextMissing(state)
	}
	agree := s.primary("phone.consent.agree", s.cfg.Flow.Consent)
	agree.Disable()
	s.leads(agree)
	tick := ui.NewCheck(&s.keys, func(on bool) {
		if on && !state.Busy {
			agree.Enable()
		} else {
			agree.Disable()
		}
	})
	tick.Name = "consent.tick"
	text := container.NewVBox()
	for paragraph := range strings.SplitSeq(state.ConsentText.Text, "\n\n") {
		text.Add(ui.Body(paragraph))
	}
	return page{
		top:  list(ui.Title(sentences.T("consent."+state.Purpose())), ui.NewCard(text)),
		foot: list(ui.Ticked(tick, sentences.T("consent."+state.Purpose()+".tick")), pair(s.button("phone.decline", s.cfg.Flow.Decline), agree)),
	}
}

// consentTextMissing stands in for what the person is asked to agree to until it
// has come.
func (s *Shell) consentTextMissing(state flow.State) page {
	missing := page{
		top:  list(ui.Title(sentences.T("consent."+state.Purpose())), ui.Body(sentences.T("phone.consent.loading"))),
		foot: list(s.button("phone.decline", s.cfg.Flow.Decline)),
	}
	if state.Err != nil {
		missing.foot = list(pair(s.button("phone.decline", s.cfg.Flow.Decline), s.primary("phone.again", s.cfg.Flow.ReadConsentText)))
	}
	return missing
}

func (s *Shell) ready(state flow.State) page {
	start := "phone.ready.start"
	if state.Err != nil {
		start = "phone.again"
	}
	unlit := ui.NewCheck(&s.keys, nil)
	unlit.Name = "phone.light.none"
	unlit.SetChecked(state.Unlit)
	unlit.OnChanged = func(off bool) { s.cfg.Run(func(context.Context) { s.cfg.Flow.Unlit(off) }) }
	top := list(ui.Title(sentences.T("phone.ready")))
	if v := state.View; v.Reason == verification.LightFaint {
		top = append(top, ui.NewBar(ui.KindCaution, sentences.ExplainOnPhone(v.Status, v.Method, v.Reason)))
	}
	return page{
		top: append(top, ui.Body(sentences.T("phone.ready.how")), ui.Body(sentences.T("phone.light.how")),
			ui.Caption(sentences.T("phone.attempts", sentences.Data{"N": state.View.AttemptsLeft}))),
		foot: list(ui.Ticked(unlit, sentences.T("phone.light.none")), pair(s.button("phone.decline", s.cfg.Flow.Decline), s.primary(start, s.cfg.Flow.Capture))),
	}
}

func (s *Shell) result(state flow.State) page {
	v := state.View
	kind := ui.KindCaution
	switch v.Status {
	case verification.Verified:
		kind = ui.KindVerified
	case verification.Rejected:
		kind = ui.KindRefused
	case verification.Expired, verification.Cancelled, verification.CodeRequired, verification.Checking, verification.FaceRequired, verification.Confirming,
		verification.Capturing, verification.Judging, verification.InReview:
	}
	title := sentences.Status(v.Status)
	if v.Status == verification.FaceRequired {
		title = sentences.T("phone.result.again")
	}
	p := page{
		top:  list(ui.Title(title), ui.NewBar(kind, sentences.ExplainOnPhone(v.Status, v.Method, v.Reason))),
		foot: list(s.back()),
	}
	if v.Status == verification.FaceRequired {
		p.top = append(p.top, ui.Body(sentences.T("phone.attempts", sentences.Data{"N": v.AttemptsLeft})))
		p.foot = append(p.foot, s.primary("phone.scan", s.cfg.Flow.Scan))
	} else {
		p.top = append(p.top, ui.Body(sentences.T("phone.result.pc")))
	}
	return p
}
