package screen

import (
	"context"
	"fmt"
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"realname.example/mobile/internal/camera"
	"realname.example/mobile/internal/capture"
	"realname.example/mobile/internal/flow"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// live is what changes while a stage stays; nil where there is no such thing.
type live struct {
	action, hint *widget.RichText
	steps, sent  *widget.ProgressBar
}

func (l live) update(state flow.State) {
	p := state.Capture
	if l.action != nil {
		text := sentences.T("phone.capture.straight")
		if p.Action != "" {
			text = sentences.Action(p.Action)
		}
		ui.SetText(l.action, text)
		ui.SetText(l.hint, hintText(p.Hint))
		l.steps.Max = float64(max(1, p.Total))
		l.steps.TextFormatter = func() string { return fmt.Sprintf("%d / %d", p.Done, p.Total) }
		l.steps.SetValue(float64(p.Done))
	}
	if l.sent != nil && state.Total > 0 {
		l.sent.SetValue(float64(state.Sent) / float64(state.Total))
	}
}

func hintText(h capture.Hint) string {
	switch h {
	case capture.Dark:
		return sentences.T("phone.hint.dark")
	case capture.Bright:
		return sentences.T("phone.hint.bright")
	case capture.Blurred:
		return sentences.T("phone.hint.blurred")
	}
	return sentences.T("phone.hint.good")
}

func (s *Shell) capturing() []fyne.CanvasObject {
	s.live = live{action: ui.Title(" "), hint: ui.Body(" "), steps: widget.NewProgressBar()}
	return []fyne.CanvasObject{
		s.preview, s.live.action, s.live.hint, s.live.steps,
		s.button(sentences.T("phone.capture.stop"), func(context.Context) { s.cfg.Flow.Stop() }),
	}
}

func (s *Shell) sending() []fyne.CanvasObject {
	s.live = live{sent: widget.NewProgressBar()}
	return []fyne.CanvasObject{
		ui.Title(sentences.T("phone.sending")), container.NewPadded(s.live.sent), ui.Body(sentences.T("phone.sending.how")),
	}
}

// Preview makes the picture of a frame: the middle of it at three to four,
// and for the front camera dimmed outside an oval.
func Preview(f *camera.Frame, oval bool) *image.RGBA {
	full := camera.Preview(f, nil)
	b := full.Bounds()
	width, height := b.Dx(), b.Dy()
	if width*4 > height*3 {
		width = height * 3 / 4
	} else {
		height = width * 4 / 3
	}
	x0, y0 := (b.Dx()-width)/2, (b.Dy()-height)/2
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		copy(img.Pix[y*img.Stride:(y+1)*img.Stride], full.Pix[full.PixOffset(x0, y0+y):full.PixOffset(x0, y0+y)+4*width])
		if oval {
			dim(img, y)
		}
	}
	return img
}

// dim darkens what of a row is outside the oval.
func dim(img *image.RGBA, y int) {
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	dy := (float64(y) - h/2) / (h * 0.44)
	for x := range img.Rect.Dx() {
		dx := (float64(x) - w/2) / (w * 0.42)
		if dx*dx+dy*dy > 1 {
			p := img.Pix[y*img.Stride+4*x:]
			p[0], p[1], p[2] = p[0]/3, p[1]/3, p[2]/3
		}
	}
}
