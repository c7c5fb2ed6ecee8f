package screen

import (
	"context"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// homeStep is Real-name Verification: the tab Personal Verification and the
// tab My data.
type homeStep struct {
	base
	tabs    [2]*ui.Button // buttons, since Fyne's tabs cannot have the focus
	pages   [2]*fyne.Container
	onData  bool
	primary *ui.Button
	erase   *ui.Button
	object  *ui.Button // to the move of the ID
	moving  *ui.Button // shows the move of an ID to this account
	export  *ui.Button
	revokes []*ui.Button // one a service
	drawn   homeDrawn
	state   flow.State
}

// homeDrawn is what the pages were drawn from.
type homeDrawn struct {
	account api.Account
	facts   [][2]string // of the case, nil without one
	records *api.Records
	links   []api.Link
	loaded  bool // false before the pages were drawn for the first time
}

func newHomeStep(d deps, s flow.State) *homeStep {
	h := &homeStep{pages: [2]*fyne.Container{container.NewVBox(), container.NewVBox()}}
	h.keys.OnEnter = h.next
	h.primary = primary("pc.home.verify", &h.keys, h.next)
	h.erase = button("pc.data.erase", &h.keys, h.askErase)
	h.erase.Importance = widget.DangerImportance
	h.object = button("pc.move.object", &h.keys, func() {
		decide(d, "pc.move.object", "pc.move.object.ask", "pc.move.let", "pc.move.object", widget.HighImportance, h.do(d.flow.ObjectToMove))
	})
	h.moving = button("pc.move.see", &h.keys, h.do(d.flow.SeeMove))
	h.export = button("pc.export", &h.keys, func() { askExport(d) })
	h.tabs = [2]*ui.Button{
		button("pc.home.personal", &h.keys, func() { h.turn(false) }),
		button("pc.data", &h.keys, func() { h.turn(true) }),
	}
	h.focus = h.primary
	body := container.NewVBox(ui.NewRow(list(h.tabs[0], h.tabs[1]), nil), ui.Space(0), container.NewStack(h.pages[0], h.pages[1]))
	h.lay(d, sentences.T("pc.home.title"), "", body, list(h.erase, h.object, h.moving), list(h.export, h.primary))
	h.ExtendBaseWidget(h)
	h.show(s)
	return h
}

// turn shows one of the tabs.
func (h *homeStep) turn(toData bool) {
	h.onData = toData
	h.show(h.state)
	if toData {
		h.do(h.deps.flow.LoadRecords)()
	}
}

// next is what the primary button does.
func (h *homeStep) next() {
	switch {
	case h.onData:
	case h.verified():
		h.deps.save("realname-receipt.txt", receipt(h.state))
	default:
		h.do(h.deps.flow.VerifyNow)()
	}
}

func (h *homeStep) verified() bool {
	v := h.state.Account.Verification
	return v != nil && v.Status == verification.Verified
}

func (h *homeStep) show(s flow.State) {
	h.state = s
	idle := s.Doing == flow.DoingNothing
	for i, on := range []bool{!h.onData, h.onData} {
		h.tabs[i].Importance = widget.LowImportance
		h.pages[i].Hide()
		if on {
			h.tabs[i].Importance = widget.MediumImportance
			h.pages[i].Show()
		}
		h.tabs[i].Refresh()
	}
	// The receipt needs the case, which the app has if it was there at the end or asked at sign-in.
	h.visible(h.primary, !h.onData && (!h.verified() || s.View != nil))
	h.visible(h.erase, h.onData && s.Records != nil && len(s.Records.Stored) > 0)
	enable(h.primary, idle)
	enable(h.erase, idle)
	enable(h.object, idle)
	enable(h.moving, idle)
	enable(h.export, idle)
	h.visible(h.export, h.onData && s.Account.Password)
	h.visible(h.moving, !h.onData && s.Account.Moving != nil)
	h.visible(h.object, !h.onData && s.Account.Move != nil)
	h.sayError(s)
	h.draw(s)
	for _, revoke := range h.revokes {
		enable(revoke, idle)
	}
}

// draw draws the pages anew where what they show has changed.
func (h *homeStep) draw(s flow.State) {
	drawn := homeDrawn{account: s.Account, records: s.Records, links: s.Links, loaded: true}
	if s.View != nil {
		drawn.facts = facts(s)
	}
	if reflect.DeepEqual(drawn, h.drawn) {
		return
	}
	h.drawn = drawn
	h.pages[0].Objects = list(h.personal(s))
	h.pages[1].Objects = append(h.linksOf(s), h.recordsOf(s)...)
	h.pages[0].Refresh()
	h.pages[1].Refresh()
}

// personal says where the account stands and what the primary button would do.
func (h *homeStep) personal(s flow.State) fyne.CanvasObject {
	v := s.Account.Verification
	switch {
	case v != nil && v.Status == verification.Verified:
		say(h.primary, "pc.result.save")
		known := [][2]string{{sentences.T("pc.result.method"), sentences.Method(v.Method)}}
		if v.VerifiedAt != nil {
			known = append(known, [2]string{sentences.T("pc.result.time"), sentences.Date(v.VerifiedAt.Local())})
		}
		if s.View != nil && s.View.Identity.Name != "" {
			known = facts(s)
		}
		all := container.NewVBox(ui.NewBar(ui.KindVerified, sentences.Status(v.Status)))
		if m := s.Account.Move; m != nil {
			all.Add(ui.NewBar(ui.KindCaution, sentences.T("pc.move.holder", sentences.Data{
				"To": m.To, "At": sentences.Date(after(h.deps.now(), m.DueIn).Local()),
			})))
		}
		all.Add(ui.NewFacts(known...))
		all.Add(ui.Caption(sentences.T("pc.home.change")))
		return all
	case v != nil && !v.Status.Final():
		say(h.primary, "pc.home.continue")
		return container.NewVBox(ui.NewBar(ui.KindCaution, sentences.Status(v.Status)), ui.Body(sentences.T("pc.home.open")))
	}
	say(h.primary, "pc.home.verify")
	all := container.NewVBox(ui.NewBar(ui.KindInfo, sentences.T("pc.home.not_yet")))
	if s.Account.Moving != nil {
		all.Add(ui.NewBar(ui.KindCaution, sentences.T("pc.move.home")))
	}
	all.Add(ui.Body(sentences.T("pc.home.why")))
	all.Add(ui.Caption(sentences.T("pc.home.need")))
	return all
}

// linksOf lists the affiliated sites that the account is linked to.
func (h *homeStep) linksOf(s flow.State) []fyne.CanvasObject {
	if s.Records == nil || len(s.Links) == 0 {
		return nil
	}
	objects := list(ui.Body(sentences.T("pc.data.links")))
	for _, l := range s.Links {
		key := "pc.data.link"
		if l.Verified != nil && *l.Verified {
			key = "pc.data.link.verified"
		}
		text := sentences.T(key, sentences.Data{"Site": l.Name, "Date": sentences.Date(l.LinkedAt.Local())})
		unlink := button("pc.data.unlink", &h.keys, func() {
			decide(h.deps, "pc.data.unlink", "pc.data.unlink.ask", "pc.keep", "pc.data.unlink", widget.DangerImportance,
				h.do(func(ctx context.Context) { h.deps.flow.Unlink(ctx, l.Issuer) }))
		})
		objects = append(objects, container.NewBorder(nil, nil, nil, container.NewCenter(unlink), ui.Caption(text)))
	}
	return append(objects, widget.NewSeparator())
}

// recordsOf lists what is stored and what happened, newest first.
func (h *homeStep) recordsOf(s flow.State) []fyne.CanvasObject {
	h.revokes = nil
	if s.Records == nil {
		return list(ui.Caption(sentences.T("pc.data.loading")))
	}
	if len(s.Records.Stored)+len(s.Records.Events)+len(s.Records.Grants) == 0 {
		picture := canvasIcon(drawing("person"))
		picture.SetMinSize(fyne.NewSquareSize(72))
		return list(ui.Space(3), container.NewCenter(picture), centred(sentences.T("pc.data.empty")))
	}
	objects := list(ui.Body(sentences.T("pc.data.stored")))
	if len(s.Records.Stored) == 0 {
		objects = append(objects, ui.Caption(sentences.T("pc.data.nothing")))
	}
	facts := make([][2]string, 0, len(s.Records.Stored))
	for _, d := range s.Records.Stored {
		facts = append(facts, [2]string{kind(d.Kind), datum(d)})
	}
	objects = append(objects, ui.NewFacts(facts...))
	objects = append(objects, h.grantsOf(s.Records.Grants)...)
	objects = append(objects, widget.NewSeparator(), ui.Body(sentences.T("pc.data.events")))
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

// grantsOf lists the services that the person let know of them, each with a way
// to revoke that.
func (h *homeStep) grantsOf(grants []api.Grant) []fyne.CanvasObject {
	if len(grants) == 0 {
		return nil
	}
	objects := list(widget.NewSeparator(), ui.Body(sentences.T("pc.data.grants")))
	for _, g := range grants {
		revoke := button("pc.data.revoke", &h.keys, func() { h.askRevoke(g) })
		h.revokes = append(h.revokes, revoke)
		told := sentences.T("pc.data.grant", sentences.Data{"Data": grantedTo(g), "Since": sentences.Date(g.Since.Local())})
		objects = append(objects, container.NewBorder(nil, nil, nil, container.NewCenter(revoke),
			container.NewVBox(ui.Body(g.Name), ui.Caption(told))))
	}
	return objects
}

// grantedTo says what a service is told.
func grantedTo(g api.Grant) string {
	words := slices.Clone(g.Claims)
	if g.Status {
		words = append(words, "status")
	}
	if len(words) == 0 {
		return sentences.T("pc.data.grant.sign_in")
	}
	return claims(words)
}

func (h *homeStep) askRevoke(g api.Grant) {
	text := sentences.T("pc.data.revoke.ask", sentences.Data{"Service": g.Name})
	decideOn(h.deps, "pc.data.revoke", text, "pc.keep", "pc.data.revoke", widget.HighImportance,
		func() { h.deps.run(func(ctx context.Context) { h.deps.flow.Revoke(ctx, g.ID) }) })
}

// datum is what is stored, in words.
func datum(d api.StoredDatum) string {
	switch d.Kind {
	case "verification":
		return sentences.Method(verification.Method(d.Value))
	case "picture":
		return sentences.Picture(verification.Picture(d.Value))
	}
	return d.Value
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
	case "email":
		return sentences.T("pc.field.email")
	case "verification":
		return sentences.T("pc.data.verification")
	case "consent":
		return sentences.T("pc.data.consent")
	case "device":
		return sentences.T("pc.data.device")
	case "frames":
		return sentences.T("pc.data.frames")
	case "picture":
		return sentences.T("pc.data.picture")
	}
	return k
}

func (h *homeStep) askErase() {
	decide(h.deps, "pc.data.erase", "pc.data.erase.ask", "pc.keep", "pc.data.erase", widget.DangerImportance, h.do(h.deps.flow.Erase))
}

// methodsStep offers the ways to be verified.
type methodsStep struct {
	base
	choice *ui.Choice
	next   *ui.Button
}

func newMethodsStep(d deps, s flow.State) *methodsStep {
	m := &methodsStep{}
	ways := []verification.Method{verification.Mobile, verification.Face}
	m.keys = ui.Keys{OnEscape: m.leave, OnEnter: func() { d.flow.Choose(ways[m.choice.Chosen()]) }}
	back := button("pc.back", &m.keys, m.keys.OnEscape)
	m.next = primary("pc.next", &m.keys, m.keys.OnEnter)
	m.choice = ui.NewChoice(&m.keys,
		ui.Option{Icon: theme.MailComposeIcon(), Name: sentences.Method(ways[0]), Need: sentences.T("pc.methods.mobile"), Key: "method.mobile"},
		ui.Option{Icon: theme.AccountIcon(), Name: sentences.Method(ways[1]), Need: sentences.T("pc.methods.face"), Key: "method.face"})
	m.focus = m.next
	m.lay(d, sentences.T("pc.methods.title"), sentences.T("pc.methods.why"), m.choice, list(back), list(m.next))
	m.ExtendBaseWidget(m)
	m.show(s)
	return m
}

// leave stops waiting for the browser, or goes back.
func (m *methodsStep) leave() {
	if m.deps.flow.State().Browser != nil {
		m.deps.flow.GiveUpBrowser()
		return
	}
	m.do(m.deps.flow.Home)()
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
	keys := &ui.Keys{OnEscape: func() {
		answered()
		shown.Hide()
		d.flow.Manually()
	}}
	title := "pc.affiliate.title.link"
	for _, a := range s.Options.Affiliates {
		site := sentences.T("pc.affiliate.maybe", sentences.Data{"Site": siteOf(s, a)})
		authorize := button("pc.affiliate.link", keys, func() {
			answered()
			shown.Hide()
			d.run(func(ctx context.Context) { d.flow.LinkAndAuthorize(ctx, a) })
		})
		if a.Linked {
			title = "pc.affiliate.title"
			site = sentences.T("pc.affiliate.site", sentences.Data{"Site": siteOf(s, a)})
			authorize = primary("pc.affiliate.authorize", keys, func() {
				answered()
				shown.Hide()
				d.run(func(ctx context.Context) { d.flow.Authorize(ctx, a.ID) })
			})
		}
		ways := container.NewVBox(authorize)
		if a.Device && !a.Linked {
			ways.Add(button("pc.device.link", keys, func() {
				answered()
				shown.Hide()
				d.run(func(ctx context.Context) { d.flow.LinkByDevice(ctx, a) })
			}))
		}
		body.Add(container.NewBorder(nil, nil, nil, container.NewCenter(ways), container.NewVBox(
			ui.Body(site),
			ui.Caption(sentences.T("pc.affiliate.data", sentences.Data{"Data": claims(a.Claims)})),
		)))
		body.Add(widget.NewSeparator())
	}
	body.Add(ui.Caption(sentences.T("pc.affiliate.why")))
	shown = question(d, title, container.NewVScroll(edged(body, 0)), fyne.NewSize(560, 360),
		button("pc.affiliate.manual", keys, keys.OnEscape))
	return shown
}

// siteOf names an affiliated site: one of the sandbox in the app's language,
// any other as its operator does.
func siteOf(s flow.State, a api.Affiliate) string {
	if name := sentences.Party(a.ID); s.Sandbox() && name != "" {
		return name
	}
	return a.Name
}

func claims(names []string) string {
	text := ""
	for _, n := range names {
		word := n
		switch n {
		case "name":
			word = sentences.T("pc.data.name")
		case "number":
			word = sentences.T("pc.data.number")
		case "status":
			word = sentences.T("pc.data.status")
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
