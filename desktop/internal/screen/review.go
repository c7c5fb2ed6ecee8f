package screen

import (
	"context"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// reviewStep shows that a person reviews, and what they may be shown: a file for
// each picture, or none.
type reviewStep struct {
	base
	cancel *ui.Button
	phone  *ui.Button // shows a code for one that takes the pictures
	until  *ui.Text
	rows   *fyne.Container
	choose []*ui.Button // one a picture
	no     *ui.Button   // sends none
	agrees *ui.Check    // to the text that read shows; without it nothing is chosen
	read   *ui.Button
	drawn  *verification.Pictures
	large  bool // the file that was chosen last is too large to be sent
}

func newReviewStep(d deps, s flow.State) *reviewStep {
	r := &reviewStep{until: ui.Caption(""), rows: container.NewVBox()}
	home := button("pc.home.back", &r.keys, r.do(d.flow.Home))
	r.keys.OnEscape = r.do(d.flow.Home)
	r.cancel = quiet("pc.cancel", &r.keys, r.do(func(ctx context.Context) { d.flow.Cancel(ctx, flow.PageHome) }))
	r.read = quiet("pc.consent.read", &r.keys, func() { readConsentText(d, flow.ForReview) })
	r.no = quiet("pc.pictures.none", &r.keys, r.do(d.flow.DeclinePictures))
	r.agrees = ui.NewCheck(&r.keys, func(bool) { r.enable(d.flow.State()) })
	r.agrees.Name = "consent.review.tick"
	r.phone = primary("pc.pictures.phone", &r.keys, r.do(d.flow.ShowCode))
	r.focus = home
	r.lay(d, " ", " ", container.NewVBox(r.until, widget.NewSeparator(), r.rows), list(home), list(r.cancel, r.phone))
	r.ExtendBaseWidget(r)
	r.show(s)
	return r
}

func (r *reviewStep) show(s flow.State) {
	v := s.View
	r.headline(sentences.Status(v.Status), whyOf(s))
	if v.ExpiresAt != nil {
		text := sentences.T("pc.review.until", sentences.Data{"Until": sentences.Date(v.ExpiresAt.Local())})
		if v.Handoff != nil && v.Pictures != nil && len(v.Pictures.Wanted) > 0 {
			text += " " + sentences.T("pc.pictures.on_phone", sentences.Data{"Phone": v.Handoff.Device})
		}
		r.until.Set(text)
	}
	r.draw(v.Pictures)
	r.visible(r.phone, v.Pictures != nil)
	r.enable(s)
	switch {
	case s.Doing == flow.DoingPicture:
		r.large = false
		r.say(ui.KindInfo, sentences.T("pc.pictures.sending"))
	case r.large:
		r.say(ui.KindRefused, sentences.T("problem.too_large"))
	default:
		r.sayError(s)
	}
}

// enable lets a file be chosen once the person agrees.
func (r *reviewStep) enable(s flow.State) {
	idle := s.Doing == flow.DoingNothing
	for _, b := range []*ui.Button{r.cancel, r.read, r.phone, r.no} {
		enable(b, idle)
	}
	for _, b := range r.choose {
		enable(b, idle && r.agrees.Checked)
	}
}

// draw lists the pictures anew where something has changed.
func (r *reviewStep) draw(p *verification.Pictures) {
	if r.drawn != nil && reflect.DeepEqual(p, r.drawn) {
		return
	}
	r.rows.RemoveAll()
	r.choose = nil
	r.drawn = p
	if p == nil { // a server of before
		return
	}
	r.rows.Add(ui.Body(sentences.T("pc.pictures.why")))
	for _, name := range verification.AllPictures() {
		if slices.Contains(p.Wanted, name) || slices.Contains(p.Sent, name) {
			r.rows.Add(r.row(name, slices.Contains(p.Sent, name)))
		}
	}
	r.drawConsent(*p)
	below := list(r.read)
	if !p.Declined {
		below = append(below, r.no)
	}
	r.rows.Add(ui.NewRow(below, nil))
	if p.Declined {
		r.rows.Add(ui.Caption(sentences.T("pc.pictures.declined")))
	} else {
		key := "pc.pictures.none"
		if len(p.Sent) > 0 {
			key = "pc.pictures.back"
		}
		say(r.no, key)
	}
	r.phone.Importance = widget.HighImportance
	if len(p.Wanted) == 0 {
		r.phone.Importance = widget.MediumImportance
	}
	r.phone.Refresh()
	r.rows.Refresh()
}

// drawConsent shows whether the person agrees: what the server knows stands, and who
// takes the pictures back agrees no more.
func (r *reviewStep) drawConsent(p verification.Pictures) {
	r.rows.Add(ui.Ticked(r.agrees, sentences.T("consent.review.tick")))
	r.agrees.SetChecked(p.Agreed || r.agrees.Checked && !p.Declined)
	if p.Agreed {
		r.agrees.Disable()
	} else {
		r.agrees.Enable()
	}
}

// row is one picture: what it is, whether it was sent, and the button that chooses
// its file.
func (r *reviewStep) row(name verification.Picture, sent bool) fyne.CanvasObject {
	key, state := "pc.pictures.choose", "pc.pictures.missing"
	if sent {
		key, state = "pc.pictures.replace", "pc.pictures.sent"
	}
	choose := button(key, &r.keys, func() { r.pick(name) })
	choose.Name = key + "." + string(name)
	r.choose = append(r.choose, choose)
	low := layout.NewCustomPaddedLayout(3, 0, 0, 0) // on one base line with the larger letters
	what := container.NewGridWithColumns(2, ui.Body(sentences.Picture(name)), container.New(low, ui.Caption(sentences.T(state))))
	return container.NewBorder(nil, nil, nil, container.NewCenter(choose),
		container.NewVBox(layout.NewSpacer(), what, layout.NewSpacer()))
}

// pick asks for the file of a picture and sends it.
func (r *reviewStep) pick(name verification.Picture) {
	language := sentences.Code()
	r.deps.pick(api.MaxPicture, func(_ string, data []byte) {
		if r.large = data == nil; r.large {
			r.show(r.deps.flow.State())
			return
		}
		r.deps.run(func(ctx context.Context) { r.deps.flow.HandPicture(ctx, language, name, data) })
	})
}
