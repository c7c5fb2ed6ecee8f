package screen

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/ui"
	"realname.example/shared/ui/font"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// details are the fields that both methods ask for.
type details struct {
	certificate          *ui.Select
	types                []identity.CertificateType // as the picker lists them
	name, number, mobile *ui.Field
	asks                 mobileAsked
	box                  *fyne.Container
	filled               flow.Details
	changed              func()
	now                  func() time.Time
}

// mobileAsked is what a form asks of the mobile number.
type mobileAsked int

const (
	mobileNone     mobileAsked = iota // the form has no such field
	mobileOptional                    // the field may stay empty: one's own person in the sandbox, by the mainland's ID card
	mobileNeeded
)

func newDetails(keys *ui.Keys, now func() time.Time, asks mobileAsked, changed func()) *details {
	d := &details{now: now, asks: asks, changed: changed}
	d.pick(keys)
	d.name = field("pc.field.name", ui.NewEntry(keys), nil)
	d.number = field("pc.field.number", ui.NewEntry(keys), nil)
	d.mobile = field("pc.field.mobile", ui.NewEntry(keys), nil)
	d.box = container.NewVBox(d.name, d.number)
	if len(d.types) > 1 {
		d.box = container.NewVBox(ui.Labelled(sentences.T("pc.certificate"), d.certificate), d.name, d.number)
	}
	if asks == mobileOptional {
		d.mobile.SetLabel(sentences.T("pc.mobile.optional"))
	}
	if asks != mobileNone {
		d.box.Add(d.mobile)
	}
	for _, f := range []*ui.Field{d.name, d.number, d.mobile} {
		f.Entry.OnChanged = func(string) {
			d.filled = d.typed()
			d.check(false)
			changed()
		}
	}
	return d
}

// pick makes the picker of certificate types: by mobile number only those that
// carriers know, and of a person of the sandbox the one that it has.
func (d *details) pick(keys *ui.Keys) {
	var names []string
	for _, t := range identity.CertificateTypes() {
		if d.asks == mobileNeeded && !t.Checkable() || d.asks == mobileOptional && t != identity.CNID {
			continue
		}
		d.types = append(d.types, t)
		names = append(names, sentences.Certificate(string(t)))
	}
	d.certificate = ui.NewSelect(names, keys)
	d.certificate.Name = "pc.field.certificate"
	d.certificate.SetSelectedIndex(0)
	d.certificate.OnChanged = func(string) {
		label := "pc.field.number"
		if d.kind() != identity.CNID {
			label = "pc.number.other"
		}
		d.number.SetLabel(sentences.T(label))
		d.filled = d.typed()
		d.check(false)
		d.changed()
	}
}

// kind is the certificate type that is picked.
func (d *details) kind() identity.CertificateType {
	return d.types[max(d.certificate.SelectedIndex(), 0)]
}

func (d *details) typed() flow.Details {
	return flow.Details{Certificate: d.kind(), Name: d.name.Entry.Text, Number: d.number.Entry.Text, Mobile: d.mobile.Entry.Text}
}

// fill shows details that came from elsewhere, such as a person to try.
func (d *details) fill(in flow.Details) {
	if in == d.filled {
		return
	}
	d.filled = in
	if i := slices.Index(d.types, in.Kind()); i >= 0 {
		d.certificate.SetSelectedIndex(i)
	}
	d.name.Entry.SetText(in.Name)
	d.number.Entry.SetText(in.Number)
	d.mobile.Entry.SetText(in.Mobile)
}

// check says at each field what is wrong or worth knowing.
func (d *details) check(finished bool) {
	note := func(f *ui.Field, field identity.Field, c flow.Check) {
		switch {
		case f.Entry.Text == "" && !finished:
			f.SetNote(ui.KindInfo, "")
		case c.Cause != "":
			f.SetNote(ui.KindRefused, sentences.Cause(field, c.Cause, c.Detail))
		case c.Hint != "":
			f.SetNote(ui.KindInfo, sentences.T(c.Hint))
		default:
			f.SetNote(ui.KindInfo, "")
		}
	}
	note(d.name, identity.FieldName, flow.CheckName(d.kind(), d.name.Entry.Text, finished))
	d.unseen()
	note(d.number, identity.FieldNumber, flow.CheckNumber(d.kind(), d.number.Entry.Text, d.now(), finished))
	note(d.mobile, identity.FieldMobile, d.checkMobile(finished))
}

// checkMobile is flow.CheckMobile where the form asks for a mobile number; one that is
// optional may be missing.
func (d *details) checkMobile(finished bool) flow.Check {
	c := flow.CheckMobile(d.mobile.Entry.Text, finished)
	if d.asks == mobileNone || d.asks == mobileOptional && c.Cause == identity.CauseMissing {
		return flow.Check{}
	}
	return c
}

// unseen says by their code points which characters of a name are boxes on the
// screen. They are taken like any other.
func (d *details) unseen() {
	name, err := identity.ParseNameOf(d.kind(), d.name.Entry.Text)
	if err != nil {
		return
	}
	var codes []string
	for _, r := range font.Lacks(name) { // not of what is dropped or folded, which is no part of it
		codes = append(codes, fmt.Sprintf("%U", r))
	}
	if len(codes) > 0 {
		d.name.SetNote(ui.KindInfo, sentences.T("hint.unseen", sentences.Data{"Characters": strings.Join(codes, ", ")}))
	}
}

// wrong is the first field whose text cannot be sent, or nil.
func (d *details) wrong() *ui.Entry {
	switch {
	case flow.CheckName(d.kind(), d.name.Entry.Text, true).Cause != "":
		return d.name.Entry
	case flow.CheckNumber(d.kind(), d.number.Entry.Text, d.now(), true).Cause != "":
		return d.number.Entry
	case d.checkMobile(true).Cause != "":
		return d.mobile.Entry
	}
	return nil
}

// refuse puts the server's field errors at their fields.
func (d *details) refuse(err error) {
	var p *problem.Problem
	if !errors.As(err, &p) {
		return
	}
	fields := map[identity.Field]*ui.Field{
		identity.FieldName: d.name, identity.FieldNumber: d.number, identity.FieldMobile: d.mobile,
	}
	for _, e := range p.Errors {
		if f := fields[identity.Field(e.Field)]; f != nil {
			f.SetNote(ui.KindRefused, sentences.Cause(identity.Field(e.Field), identity.Cause(e.Cause), e.Message))
		}
	}
}

func (d *details) enable(on bool) {
	for _, f := range []*ui.Field{d.name, d.number, d.mobile} {
		enable(f.Entry, on)
	}
	enable(d.certificate, on)
}

// mask shows a case's masked details where the typed ones are gone, as after
// a restart.
func (d *details) mask(v verification.View) {
	if d.filled != (flow.Details{}) {
		return
	}
	put := func(f *ui.Field, text string) {
		changed := f.Entry.OnChanged
		f.Entry.OnChanged = nil
		f.Entry.SetText(text)
		f.Entry.OnChanged = changed
		f.SetNote(ui.KindInfo, "")
	}
	put(d.name, v.Identity.Name)
	put(d.number, v.Identity.Number)
	if v.Code != nil {
		put(d.mobile, v.Code.Mobile)
	}
}

// mobileStep is the form of the mobile number and, once it was sent, the code.
type mobileStep struct {
	base
	details *details
	code    *ui.Field
	get     *ui.Button
	submit  *ui.Button
	change  *ui.Button
	read    *ui.Button // what asking for a code agrees to, until a code was sent
	state   flow.State
}

func newMobileStep(d deps, s flow.State) *mobileStep {
	m := &mobileStep{}
	m.keys = ui.Keys{OnEnter: m.enter, OnEscape: m.back}
	m.details = newDetails(&m.keys, d.now, mobileNeeded, func() { d.flow.Type(m.details.typed()) })
	m.get = button("pc.code.get", &m.keys, m.getCode)
	m.code = field("pc.field.code", ui.NewEntry(&m.keys), m.get)
	m.details.box.Add(m.code)
	m.submit = primary("pc.submit", &m.keys, m.check)
	m.change = quiet("pc.code.change", &m.keys, m.do(func(ctx context.Context) { d.flow.Cancel(ctx, flow.PageMobile) }))
	m.read = quiet("pc.consent.read", &m.keys, func() { readConsentText(m.deps, flow.ForMobile) })
	back := button("pc.back", &m.keys, m.back)
	m.focus = m.details.name.Entry
	m.lay(d, sentences.Method(verification.Mobile), sentences.T("pc.mobile.why"), m.details.box, list(back, m.change, m.read), list(m.submit))
	m.ExtendBaseWidget(m)
	for _, f := range []*ui.Field{m.details.name, m.details.number, m.details.mobile, m.code} {
		f.Entry.OnFocus = func() { m.reveal(f) }
	}
	m.show(s)
	if s.CaseOpen() {
		m.focus = m.code.Entry
	}
	return m
}

// enter does what comes next: the code is asked for, then handed in.
func (m *mobileStep) enter() {
	if m.state.CaseOpen() && (m.code.Entry.Text != "" || m.state.View.Code != nil) {
		m.check()
		return
	}
	m.getCode()
}

func (m *mobileStep) back() {
	if m.state.CaseOpen() {
		m.do(m.deps.flow.Home)()
		return
	}
	m.deps.flow.Go(flow.PageMethods)
}

func (m *mobileStep) getCode() {
	if m.state.Editable() {
		m.details.check(true)
		if wrong := m.details.wrong(); wrong != nil {
			m.deps.window.Canvas().Focus(wrong)
			return
		}
		m.deps.flow.Type(m.details.typed())
	}
	m.code.SetNote(ui.KindInfo, "")
	language := sentences.Code()
	m.do(func(ctx context.Context) { m.deps.flow.GetCode(ctx, language) })()
}

func (m *mobileStep) check() {
	if !m.state.CaseOpen() || m.code.Entry.Text == "" {
		m.code.SetNote(ui.KindRefused, sentences.T("pc.code.missing"))
		return
	}
	code := m.code.Entry.Text
	if _, ok := flow.ReadCode(code); !ok { // it would cost one of the few guesses
		m.code.SetNote(ui.KindRefused, sentences.T("pc.code.digits"))
		return
	}
	m.do(func(ctx context.Context) { m.deps.flow.CheckCode(ctx, code) })()
}

func (m *mobileStep) show(s flow.State) {
	opened := s.CaseOpen() && !m.state.CaseOpen()
	m.state = s
	m.details.fill(s.Details)
	m.details.enable(s.Editable() && s.Doing == flow.DoingNothing)
	if s.CaseOpen() {
		m.details.mask(*s.View)
	}
	if opened && m.deps.window != nil {
		m.deps.window.Canvas().Focus(m.code.Entry)
	}
	why := sentences.T("pc.mobile.why")
	m.get.Importance = widget.HighImportance // what comes next
	if s.CaseOpen() && s.View.Code != nil {
		why = sentences.T("pc.mobile.sent", sentences.Data{"Mobile": s.View.Code.Mobile})
		m.get.Importance = widget.MediumImportance
	}
	m.headline(sentences.Method(verification.Mobile), why)
	enable(m.submit, s.Doing == flow.DoingNothing && s.CaseOpen())
	m.visible(m.change, s.CaseOpen())
	m.visible(m.read, !s.CaseOpen())
	if m.atField(s.Err) {
		m.say(ui.KindInfo, "")
	} else {
		m.sayDoing(s)
	}
	m.tick(m.deps.now())
}

// atField shows an error at its field and reports whether that is enough.
func (m *mobileStep) atField(err error) bool {
	var p *problem.Problem
	if !errors.As(err, &p) {
		return false
	}
	m.details.refuse(p)
	switch p.Code {
	case problem.CodeWrong, problem.CodeExpired:
		m.code.SetNote(ui.KindRefused, sentences.Problem(p))
		return true
	}
	return false
}

func (m *mobileStep) sayDoing(s flow.State) {
	switch s.Doing {
	case flow.DoingSendCode, flow.DoingBegin:
		m.say(ui.KindInfo, sentences.T("pc.code.sending"))
	case flow.DoingCheckCode:
		m.say(ui.KindInfo, sentences.T("pc.code.checking"))
	default:
		m.sayUndelivered(s)
	}
}

// sayUndelivered says that the code did not arrive, where nothing else went wrong.
func (m *mobileStep) sayUndelivered(s flow.State) {
	if s.Err != nil || s.Offline || s.Browser != nil || !s.CaseOpen() || s.View.Code == nil || s.View.Code.Undelivered == "" {
		m.sayError(s)
		return
	}
	m.say(ui.KindCaution, sentences.Undelivered(s.View.Code.Undelivered))
}

// tick counts down to the next code that may be asked for.
func (m *mobileStep) tick(now time.Time) {
	idle := m.state.Doing == flow.DoingNothing
	if v := m.state.View; m.state.CaseOpen() && v.Code != nil {
		if left := m.state.ResendFrom().Sub(now); left > 0 {
			m.get.SetText(sentences.T("pc.code.again_in", sentences.Data{"In": sentences.Duration(left)}))
			enable(m.get, false)
			return
		}
		say(m.get, "pc.code.again")
		enable(m.get, idle)
		return
	}
	say(m.get, "pc.code.get")
	enable(m.get, idle)
}

// faceStep is the form of the face scan.
type faceStep struct {
	base
	details *details
	next    *ui.Button
}

func newFaceStep(d deps, s flow.State) *faceStep {
	f := &faceStep{}
	f.keys = ui.Keys{OnEnter: f.begin, OnEscape: func() { d.flow.Go(flow.PageMethods) }}
	f.details = newDetails(&f.keys, d.now, mobileNone, func() { d.flow.Type(f.details.typed()) })
	f.next = primary("pc.next", &f.keys, f.begin)
	back := button("pc.back", &f.keys, f.keys.OnEscape)
	f.focus = f.details.name.Entry
	f.lay(d, sentences.Method(verification.Face), sentences.T("pc.face.why"), f.details.box, list(back), list(f.next))
	f.ExtendBaseWidget(f)
	f.show(s)
	return f
}

func (f *faceStep) begin() {
	f.details.check(true)
	if wrong := f.details.wrong(); wrong != nil {
		f.deps.window.Canvas().Focus(wrong)
		return
	}
	f.deps.flow.Type(f.details.typed())
	f.do(f.deps.flow.BeginFace)()
}

func (f *faceStep) show(s flow.State) {
	f.details.fill(s.Details)
	f.details.enable(s.Doing == flow.DoingNothing)
	enable(f.next, s.Doing == flow.DoingNothing)
	f.details.refuse(s.Err)
	f.sayError(s)
}
