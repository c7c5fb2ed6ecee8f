package screen

import (
	"context"
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// homeStep is Real-name Verification: the tab Personal Verification and the
// tab My data.
type homeStep struct {
	base
	tabs    *container.AppTabs
	status  *fyne.Container
	data    *fyne.Container
	primary *ui.Button
	erase   *ui.Button
	drawn   string
}

func newHomeStep(d deps, s flow.State) *homeStep {
	h := &homeStep{status: container.NewVBox(), data: container.NewVBox()}
	h.keys.OnEnter = h.verify
	h.primary = ui.NewPrimary(sentences.T("pc.home.verify"), &h.keys, h.verify)
	h.erase = ui.NewButton(sentences.T("pc.data.erase"), &h.keys, h.askErase)
	h.erase.Importance = widget.DangerImportance
	h.erase.Hide()
	personal := container.NewTabItem(sentences.T("pc.home.personal"), container.NewPadded(h.status))
	data := container.NewTabItem(sentences.T("pc.data"), container.NewPadded(h.data))
	h.tabs = container.NewAppTabs(personal, data)
	h.tabs.OnSelected = func(t *container.TabItem) {
		onData := t == data
		h.visible(h.primary, !onData)
		h.visible(h.erase, onData)
		if onData {
			h.do(d.flow.LoadRecords)()
		}
	}
	h.focus = h.primary
	h.lay(d, sentences.T("pc.home.title"), "", h.tabs, list(h.erase), list(h.primary))
	h.ExtendBaseWidget(h)
	h.show(s)
	return h
}

func (h *homeStep) verify() { h.do(h.deps.flow.VerifyNow)() }

func (h *homeStep) show(s flow.State) {
	enable(h.primary, s.Doing == flow.DoingNothing)
	enable(h.erase, s.Doing == flow.DoingNothing)
	h.sayError(s)
	drawn := fmt.Sprintf("%v %v %v", s.Account, s.View, s.Records)
	if drawn == h.drawn {
		return
	}
	h.drawn = drawn
	h.status.Objects = list(h.personal(s))
	h.data.Objects = recordsOf(s)
	h.status.Refresh()
	h.data.Refresh()
}

// personal says where the account stands and what Verify Now would do.
func (h *homeStep) personal(s flow.State) fyne.CanvasObject {
	v := s.Account.Verification
	switch {
	case v != nil && v.Status == verification.Verified:
		h.primary.SetText(sentences.T("pc.home.again"))
		h.primary.Disable()
		facts := [][2]string{{sentences.T("pc.result.method"), sentences.Method(v.Method)}}
		if s.View != nil && s.View.Identity.Name != "" {
			facts = append(facts, [2]string{sentences.T("pc.field.name"), s.View.Identity.Name},
				[2]string{sentences.T("pc.field.number"), s.View.Identity.Number})
		}
		if v.VerifiedAt != nil {
			facts = append(facts, [2]string{sentences.T("pc.result.time"), sentences.Date(v.VerifiedAt.Local())})
		}
		return container.NewVBox(ui.NewBar(ui.KindVerified, sentences.Status(v.Status)), ui.NewFacts(facts...),
			ui.Caption(sentences.T("pc.home.change")))
	case v != nil && !v.Status.Final():
		h.primary.SetText(sentences.T("pc.home.continue"))
		return container.NewVBox(ui.NewBar(ui.KindCaution, sentences.Status(v.Status)), ui.Body(sentences.Who(v.Status)))
	}
	h.primary.SetText(sentences.T("pc.home.verify"))
	return container.NewVBox(ui.NewBar(ui.KindInfo, sentences.T("pc.home.not_yet")),
		ui.Body(sentences.T("pc.home.why")), ui.Caption(sentences.T("pc.home.need")))
}

// recordsOf lists what is stored and what happened, newest first.
func recordsOf(s flow.State) []fyne.CanvasObject {
	if s.Records == nil {
		return list(ui.Caption(sentences.T("pc.data.loading")))
	}
	objects := list(ui.Body(sentences.T("pc.data.stored")))
	if len(s.Records.Stored) == 0 {
		objects = append(objects, ui.Caption(sentences.T("pc.data.nothing")))
	}
	facts := make([][2]string, 0, len(s.Records.Stored))
	for _, d := range s.Records.Stored {
		facts = append(facts, [2]string{kind(d.Kind), d.Value})
	}
	objects = append(objects, ui.NewFacts(facts...), widget.NewSeparator(), ui.Body(sentences.T("pc.data.events")))
	events := slices.Clone(s.Records.Events)
	slices.Reverse(events)
	for _, e := range events[:min(len(events), 40)] {
		line := sentences.Date(e.At.Local()) + "  " + sentences.Event(e.Event)
		if party := sentences.Party(e.Party); party != "" {
			line += " · " + party
		}
		objects = append(objects, ui.Caption(line))
	}
	return objects
}

// kind names what is stored; a kind of a newer server stands as it is.
func kind(k string) string {
	switch k {
	case "name":
		return sentences.T("pc.field.name")
	case "number":
		return sentences.T("pc.field.number")
	case "mobile":
		return sentences.T("pc.field.mobile")
	case "verification":
		return sentences.T("pc.data.verification")
	case "consent":
		return sentences.T("pc.data.consent")
	case "device":
		return sentences.T("pc.data.device")
	}
	return k
}

func (h *homeStep) askErase() {
	d := dialog.NewConfirm(sentences.T("pc.data.erase"), sentences.T("pc.data.erase.ask"), func(yes bool) {
		if yes {
			h.do(h.deps.flow.Erase)()
		}
	}, h.deps.window)
	d.SetConfirmText(sentences.T("pc.data.erase"))
	d.SetDismissText(sentences.T("pc.keep"))
	d.SetConfirmImportance(widget.DangerImportance)
	d.Show()
}

// methodsStep offers the ways to be verified.
type methodsStep struct {
	base
	choice *widget.RadioGroup
	next   *ui.Button
}

func newMethodsStep(d deps, s flow.State) *methodsStep {
	m := &methodsStep{}
	back := ui.NewButton(sentences.T("pc.back"), &m.keys, m.do(d.flow.Home))
	mobile, face := sentences.Method(verification.Mobile), sentences.Method(verification.Face)
	m.next = ui.NewPrimary(sentences.T("pc.next"), &m.keys, func() { m.keys.OnEnter() })
	m.choice = widget.NewRadioGroup([]string{mobile, face}, nil)
	m.choice.Required = true
	m.choice.SetSelected(mobile)
	m.keys = ui.Keys{OnEscape: m.do(d.flow.Home), OnEnter: func() {
		if m.choice.Selected == face {
			d.flow.Choose(verification.Face)
			return
		}
		d.flow.Choose(verification.Mobile)
	}}
	m.focus = m.next
	m.lay(d, sentences.T("pc.methods.title"), sentences.T("pc.methods.why"), container.NewVBox(m.choice, ui.Space(1),
		need(theme.ComputerIcon(), mobile, sentences.T("pc.methods.mobile")),
		need(theme.AccountIcon(), face, sentences.T("pc.methods.face"))), list(back), list(m.next))
	m.ExtendBaseWidget(m)
	m.show(s)
	return m
}

// need says what one needs for a method.
func need(icon fyne.Resource, name, text string) fyne.CanvasObject {
	return container.NewBorder(nil, nil, container.NewVBox(ui.Space(1), widget.NewIcon(icon)), nil,
		container.NewVBox(ui.Body(name), ui.Caption(text)))
}

func (m *methodsStep) show(s flow.State) {
	enable(m.next, s.Doing == flow.DoingNothing)
	m.sayError(s)
}

// showAffiliates asks whether the identity at an affiliated site is to be
// taken over: which site, which data, for what.
func showAffiliates(d deps, s flow.State, answered func()) dialog.Dialog {
	body := container.NewVBox()
	var shown *dialog.CustomDialog
	for _, a := range s.Options.Affiliates {
		authorize := ui.NewPrimary(sentences.T("pc.affiliate.authorize"), nil, func() {
			answered()
			shown.Hide()
			d.run(func(ctx context.Context) { d.flow.Authorize(ctx, a.ID) })
		})
		body.Add(container.NewBorder(nil, nil, nil, container.NewCenter(authorize), container.NewVBox(
			ui.Body(sentences.T("pc.affiliate.site", sentences.Data{"Site": a.Name})),
			ui.Caption(sentences.T("pc.affiliate.data", sentences.Data{"Data": claims(a.Claims)})),
		)))
		body.Add(widget.NewSeparator())
	}
	body.Add(ui.Caption(sentences.T("pc.affiliate.why")))
	manual := ui.NewButton(sentences.T("pc.affiliate.manual"), nil, func() {
		answered()
		shown.Hide()
		d.flow.Manually()
	})
	shown = dialog.NewCustomWithoutButtons(sentences.T("pc.affiliate.title"), body, d.window)
	shown.SetButtons(list(manual))
	shown.Resize(fyne.NewSize(560, 320))
	shown.Show()
	return shown
}

func claims(names []string) string {
	text := ""
	for _, n := range names {
		word := n
		switch n {
		case "name":
			word = sentences.T("pc.field.name")
		case "number":
			word = sentences.T("pc.field.number")
		case "certificate_type":
			word = sentences.T("pc.field.certificate")
		}
		if text != "" {
			text += sentences.T("pc.comma")
		}
		text += word
	}
	return text
}
