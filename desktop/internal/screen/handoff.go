package screen

import (
	"context"
	"embed"
	"fmt"
	"image"
	"net/url"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"realname.example/desktop/internal/flow"
	"realname.example/desktop/internal/qr"
	"realname.example/shared/api"
	"realname.example/shared/handoff"
	"realname.example/shared/identity"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// The side of the code on the screen: at 10 modules to the inch a phone reads it
// from half a metre; in the usual window it is 320 or more, and grows with it.
const (
	leastCode  = 208 // whole in a window of 720 by 520
	mostCode   = 480
	wordsWidth = 168 // at least, of the words beside it
)

// beside lays the code out as large as there is room for, with the words at its
// right.
type beside struct{}

func (beside) side(size fyne.Size) float32 {
	return max(leastCode, min(mostCode, size.Height, size.Width-ui.Scaled(wordsWidth)-theme.Padding()))
}

// Layout implements fyne.Layout.
func (b beside) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	side := b.side(size)
	left := side + theme.Padding()
	objects[0].Resize(fyne.NewSquareSize(side))
	objects[1].Move(fyne.NewPos(left, 0))
	objects[1].Resize(fyne.NewSize(size.Width-left, size.Height))
}

// MinSize implements fyne.Layout.
func (beside) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(leastCode+theme.Padding()+ui.Scaled(wordsWidth), max(leastCode, objects[1].MinSize().Height))
}

// handoffStep is the face scan as the PC shows it: the code, then the number,
// then what the phone does, live.
type handoffStep struct {
	base
	body    *fyne.Container
	again   *ui.Button // shows a code once more
	other   *ui.Button // review by a person
	notMine *ui.Button
	hide    *ui.Button // pictures of a review by files after all
	cancel  *ui.Button
	left    *ui.Countdown
	drawn   string
	state   flow.State
}

func newHandoffStep(d deps, s flow.State) *handoffStep {
	h := &handoffStep{body: container.NewStack()}
	h.wide = true
	h.keys.OnEnter = func() {
		if h.again.Visible() {
			h.do(d.flow.ShowCode)()
		}
	}
	h.keys.OnEscape = func() {
		if h.state.View.Status == verification.InReview {
			h.do(d.flow.FilesInstead)()
			return
		}
		h.do(d.flow.Home)()
	}
	h.hide = button("pc.pictures.files", &h.keys, h.keys.OnEscape)
	h.again = primary("pc.scan.show", &h.keys, h.do(d.flow.ShowCode))
	h.other = button("pc.scan.other_way", &h.keys, func() { askReview(d) })
	h.notMine = button("pc.scan.not_mine", &h.keys, h.do(d.flow.AnotherPhone))
	h.cancel = quiet("pc.cancel", &h.keys, h.do(func(ctx context.Context) { d.flow.Cancel(ctx, flow.PageHome) }))
	h.lay(d, " ", " ", h.body, list(h.hide, h.other, h.notMine), list(h.cancel, h.again))
	h.ExtendBaseWidget(h)
	h.show(s)
	return h
}

func (h *handoffStep) show(s flow.State) {
	h.state = s
	v := *s.View
	idle := s.Doing == flow.DoingNothing
	for _, b := range []*ui.Button{h.again, h.other, h.notMine, h.hide, h.cancel} {
		enable(b, idle)
	}
	h.visible(h.again, v.Status == verification.FaceRequired && s.Handoff == nil)
	review := v.Status == verification.InReview
	h.visible(h.notMine, v.Status.OnPhone() && v.Status != verification.Judging || review && v.Handoff != nil)
	h.visible(h.hide, review)
	h.visible(h.other, v.Status != verification.Judging && !review)
	h.visible(h.cancel, v.Status != verification.Judging)
	h.headline(handoffWords(v, s.Handoff != nil))
	h.sayLive(s)
	drawn := fmt.Sprintf("%v %v %v %v %v", v.Status, s.Handoff, s.HandoffOver, v.AttemptsLeft, v.Handoff)
	if v.Handoff != nil {
		drawn += fmt.Sprintf("%+v", *v.Handoff)
	}
	if drawn == h.drawn {
		return
	}
	h.drawn, h.left = drawn, nil
	h.body.Objects = list(h.content(s, v))
	h.root.Refresh() // the scroll learns how high the new body is
}

// handoffWords are what stands above: of a view, and whether its code is shown.
func handoffWords(v verification.View, shown bool) (title, why string) {
	title = sentences.Status(v.Status)
	if v.Status == verification.FaceRequired && v.Reason != "" && v.Reason != verification.Risk && !shown {
		title = sentences.T("pc.scan.again")
	}
	why = sentences.Explain(v.Status, v.Method, v.Reason)
	if v.Status == verification.FaceRequired && v.Reason == "" {
		why = sentences.Explain(v.Status, v.Method, verification.Risk)
	}
	if v.Status.OnPhone() {
		why = sentences.Who(v.Status)
	}
	if v.Status == verification.InReview {
		title, why = sentences.T("pc.pictures.phone"), sentences.T("pc.pictures.phone.why")
	}
	return title, why
}

// sayLive says what stands in the phone's way, above the buttons.
func (h *handoffStep) sayLive(s flow.State) {
	phone := s.View.Handoff
	switch {
	case s.Err != nil || s.Offline || phone == nil || !s.View.Status.OnPhone():
		h.sayError(s)
	case phone.Step == verification.StepCameraBlocked:
		h.say(ui.KindCaution, sentences.T("pc.scan.camera_blocked"))
	case !phone.Online && s.View.Status != verification.Judging:
		h.say(ui.KindCaution, sentences.T("pc.scan.phone_lost"))
	default:
		h.say(ui.KindInfo, "")
	}
}

func (h *handoffStep) content(s flow.State, v verification.View) fyne.CanvasObject {
	switch {
	case s.Handoff != nil:
		return h.code(s)
	case v.Status == verification.FaceRequired:
		lines := container.NewVBox()
		if s.HandoffOver {
			lines.Add(ui.NewBar(ui.KindCaution, sentences.T("pc.scan.over")))
		}
		lines.Add(ui.Caption(sentences.T("attempts.left", sentences.Data{"N": v.AttemptsLeft})))
		return lines
	case v.Handoff != nil && v.Handoff.Number != "":
		return container.NewVBox(ui.NewDigits(v.Handoff.Number, 64),
			centred(sentences.T("pc.scan.type_number")), h.phone(v)) // alone, so that nothing else is read
	}
	return container.NewVBox(h.phone(v), h.live(v))
}

func centred(text string) fyne.CanvasObject {
	return container.NewCenter(ui.Body(text).OnOneLine())
}

// phone says which phone holds the case.
func (h *handoffStep) phone(v verification.View) fyne.CanvasObject {
	if v.Handoff == nil {
		return ui.Space(0)
	}
	return ui.NewFacts([2]string{sentences.T("pc.scan.phone"), v.Handoff.Device},
		[2]string{sentences.T("pc.scan.network"), v.Handoff.Network})
}

// live lists the steps on the phone; each ticks as it happens.
func (h *handoffStep) live(v verification.View) fyne.CanvasObject {
	return ui.NewRail(liveSteps(v))
}

// liveSteps says where the phone is.
func liveSteps(v verification.View) []ui.Step {
	steps := []ui.Step{
		{Text: sentences.Step(verification.StepNumber)},
		{Text: sentences.Step(verification.StepConsent)},
		{Text: sentences.Step(verification.StepAction)},
		{Text: sentences.Step(verification.StepSending)},
		{Text: sentences.T("step.checking")},
	}
	at := 0
	if p := v.Handoff; p != nil {
		switch p.Step {
		case verification.StepNone, verification.StepNumber:
		case verification.StepConsent:
			at = 1
		case verification.StepCamera, verification.StepCameraBlocked, verification.StepAction:
			at = 2
		case verification.StepSending:
			at = 3
		}
		if p.Action != "" && p.Step == verification.StepAction {
			steps[2].Text = sentences.T("pc.scan.action", sentences.Data{
				"Action": sentences.Action(verification.Action(p.Action)), "Done": p.ActionsDone, "Total": p.ActionsTotal,
			})
		}
	}
	if v.Status == verification.Capturing {
		at = max(at, 2)
	}
	if v.Status == verification.Judging {
		at = 4
	}
	for i := range steps {
		switch {
		case i < at:
			steps[i].Mark = ui.Done
		case i == at:
			steps[i].Mark = ui.Now
		}
	}
	return steps
}

// code shows the code with what to do beside it, and below it the ways for
// who cannot scan.
func (h *handoffStep) code(s flow.State) fyne.CanvasObject {
	code, err := qr.New(s.Handoff.URL)
	if err != nil {
		return ui.NewBar(ui.KindRefused, sentences.T("error.unknown"))
	}
	picture := canvas.NewRaster(func(w, h int) image.Image { return code.Image(w, h) })
	picture.ScaleMode = canvas.ImageScalePixels
	h.left = ui.NewCountdown(s.HandoffUntil(), h.deps.now(), func(left time.Duration) string {
		return sentences.T("pc.scan.new_in", sentences.Data{"In": sentences.Duration(left)})
	})
	words := container.NewVBox(
		numbered(drawing("phone"), sentences.T("pc.scan.one")),
		numbered(drawing("scan"), sentences.T("pc.scan.two")),
		numbered(drawing("person"), sentences.T("pc.scan.three", sentences.Data{"Account": identity.MaskUsername(s.Account.Username)})),
		h.left,
		ui.Body(sentences.T("pc.scan.cannot", sentences.Data{"Code": handoff.FormatTyped(s.Handoff.TypedCode)})),
	)
	link := s.Handoff.URL
	copyLink := quiet("pc.scan.copy", &h.keys, func() { h.deps.copyText(link) })
	get := quiet("pc.scan.get_app", &h.keys, func() {
		if u, err := url.Parse(s.Address + api.PathGetApp); err == nil {
			h.deps.open(u)
		}
	})
	return container.NewBorder(nil, ui.NewRow(list(copyLink, get), nil), nil, nil, container.New(beside{}, picture, words))
}

func numbered(icon fyne.Resource, text string) fyne.CanvasObject {
	return container.NewBorder(nil, nil, container.NewPadded(container.NewPadded(canvasIcon(icon))), nil, ui.Body(text))
}

func canvasIcon(icon fyne.Resource) *canvas.Image {
	i := canvas.NewImageFromResource(theme.NewPrimaryThemedResource(icon))
	i.FillMode = canvas.ImageFillContain
	i.SetMinSize(fyne.NewSquareSize(ui.Scaled(32)))
	return i
}

//go:embed drawings/*.svg
var drawings embed.FS

// drawing returns a small picture of the app's own.
func drawing(name string) fyne.Resource {
	file := name + ".svg"
	data, err := drawings.ReadFile("drawings/" + file)
	if err != nil {
		panic(err) // the name is a constant
	}
	return fyne.NewStaticResource(file, data)
}

func (h *handoffStep) tick(now time.Time) {
	if h.left != nil {
		h.left.Tick(now)
	}
}
