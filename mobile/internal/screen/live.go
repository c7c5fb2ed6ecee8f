package screen

import (
	"context"
	"image"
	"image/color"
	"math"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"realname.example/mobile/internal/capture"
	"realname.example/mobile/internal/flow"
	"realname.example/shared/camera"
	"realname.example/shared/handoff"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// live is what changes while a stage stays; nil where there is no such thing.
type live struct {
	action, hint *ui.Text
	ring         *ring
	glow         *canvas.Rectangle // over the whole window: the light on the face
	sent         *widget.ProgressBar
}

// update draws what is live, and reports whether its words became others, which may be
// higher.
func (l live) update(state flow.State) (reworded bool) {
	p := state.Capture
	if l.action != nil {
		text, hint := sentences.T("phone.capture.straight"), hintText(p.Hint)
		switch {
		case p.Soon:
			text, hint = sentences.T("phone.light.now"), " "
		case p.Action != "":
			text = sentences.Action(p.Action)
		case p.Hint != "":
			text, hint = hint, " "
		}
		reworded = l.action.String() != text || l.hint.String() != hint
		l.action.Set(text)
		l.hint.Set(hint)
		l.ring.fill(p.Taken)
		l.shine(p.Light)
	}
	if l.sent != nil && state.Total > 0 {
		l.sent.SetValue(float64(state.Sent) / float64(state.Total))
	}
	return reworded
}

// shine fills the window with a colour; "" takes it away.
func (l live) shine(c handoff.Colour) {
	if l.glow.Hidden = c == ""; !l.glow.Hidden {
		rgb := c.RGB()
		l.glow.FillColor = color.NRGBA{R: rgb[0], G: rgb[1], B: rgb[2], A: 255}
	}
	l.glow.Refresh()
}

// hintText says what would help; without a hint what to keep doing.
func hintText(h capture.Hint) string {
	if h == "" {
		return sentences.T("phone.hint.good")
	}
	return sentences.T("phone.hint." + string(h))
}

func (s *Shell) capturing() page {
	s.live = live{action: ui.Title(" "), hint: ui.Body(" "), ring: newRing(), glow: canvas.NewRectangle(color.Black)}
	return page{
		view: container.NewStack(s.preview, s.live.ring.box),
		foot: list(s.live.action, s.live.hint,
			s.button(sentences.T("phone.capture.stop"), func(context.Context) { s.cfg.Flow.Stop() })),
	}
}

func (s *Shell) sending() page {
	s.live = live{sent: widget.NewProgressBar()}
	return page{top: list(
		ui.Title(sentences.T("phone.sending")), container.NewPadded(s.live.sent), ui.Body(sentences.T("phone.sending.how")))}
}

// previewStep is the least time between two pictures on the screen, a little
// less than a fifteenth of a second.
const previewStep = 60 * time.Millisecond

// Lens brings the camera's frames to the screen: fifteen a second at most, and
// never a second one before the first is drawn, so that nothing piles up behind
// a slow screen. Show belongs to one goroutine.
type Lens struct {
	// Draw shows a picture; Do runs it where drawing is done (fyne.Do).
	Draw func(*image.RGBA)
	Do   func(func())

	drawing atomic.Bool
	last    time.Duration
	full    *image.RGBA
	pages   [2]*image.RGBA // one is on the screen, one is made
	turn    int
}

// Show draws a frame, with the oval of a face where it is asked for.
func (l *Lens) Show(f *camera.Frame, oval bool) {
	if f.At >= l.last && f.At < l.last+previewStep && l.full != nil || !l.drawing.CompareAndSwap(false, true) {
		return
	}
	l.last = f.At
	l.full = camera.Preview(f, l.full)
	l.turn = 1 - l.turn
	l.pages[l.turn] = crop(l.full, l.pages[l.turn], oval)
	page := l.pages[l.turn]
	l.Do(func() {
		l.Draw(page)
		l.drawing.Store(false)
	})
}

// crop is the middle of a preview at three to four, dimmed outside the oval if
// there is one. It reuses img where its size fits.
func crop(full, img *image.RGBA, oval bool) *image.RGBA {
	b := full.Bounds()
	width, height := b.Dx(), b.Dy()
	if width*4 > height*3 {
		width = height * 3 / 4
	} else {
		height = width * 4 / 3
	}
	x0, y0 := (b.Dx()-width)/2, (b.Dy()-height)/2
	if size := image.Rect(0, 0, width, height); img == nil || img.Rect != size {
		img = image.NewRGBA(size)
	}
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
	dy := (float64(y) + 0.5 - h/2) / (h * ovalUp)
	half := w * ovalAcross * math.Sqrt(max(0, 1-dy*dy))
	from, to := int(w/2-half), int(w/2+half)
	row := img.Pix[y*img.Stride : (y+1)*img.Stride]
	for x := range img.Rect.Dx() {
		if x < from || x >= to {
			p := row[4*x:]
			p[0], p[1], p[2] = p[0]/3, p[1]/3, p[2]/3
		}
	}
}
