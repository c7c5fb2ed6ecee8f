package screen

import (
	"bytes"
	"context"
	"image"
	_ "image/jpeg" // the picture that was taken
	_ "image/png"  // one that was chosen

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"realname.example/mobile/internal/flow"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// The pictures of a review: which one comes next, the camera, and what it took.

func (s *Shell) posing(state flow.State) page {
	wanted := state.Wanted()
	return page{
		top: list(ui.Title(sentences.Picture(wanted)), ui.Body(sentences.T("picture."+string(wanted)+".how")),
			ui.Caption(sentences.T("phone.picture.left", sentences.Data{"N": len(state.View.Pictures.Wanted)}))),
		foot: list(pair(s.button("phone.picture.none", s.cfg.Flow.Decline), s.pickPicture()),
			s.primary("phone.picture.open", s.cfg.Flow.Aim)),
	}
}

func (s *Shell) aiming(state flow.State) page {
	shoot := s.primary("phone.picture.shoot", func(context.Context) { s.cfg.Flow.Shoot() })
	s.leads(shoot)
	var view fyne.CanvasObject = s.preview
	if state.Wanted() != verification.Selfie {
		view = container.NewStack(s.preview, newCorners())
	}
	return page{
		top:  list(ui.Title(sentences.Picture(state.Wanted()))),
		view: view,
		foot: list(pair(s.button("phone.capture.stop", func(context.Context) { s.cfg.Flow.Stop() }), shoot)),
	}
}

func (s *Shell) taken(state flow.State) page {
	p := page{
		top: list(ui.Title(sentences.Picture(state.Wanted())), ui.Body(sentences.T("phone.picture.check"))),
		foot: list(pair(s.button("phone.picture.again", func(context.Context) { s.cfg.Flow.Again() }),
			s.primary("phone.picture.send", s.cfg.Flow.Send))),
	}
	shown := canvas.NewImageFromImage(decode([]byte(state.Taken)))
	shown.FillMode = canvas.ImageFillContain
	shown.SetMinSize(fyne.NewSize(240, 240))
	p.view = shown
	return p
}

// mostPixels is the largest picture that the phone decodes; larger ones are for the
// server to refuse.
const mostPixels = 16_000_000

// decode reads a picture. What is none is an empty one: there is no code in it, and
// the server says what is wrong with it.
func decode(file []byte) image.Image {
	nothing := image.NewGray(image.Rect(0, 0, 1, 1))
	size, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || size.Width*size.Height > mostPixels {
		return nothing
	}
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nothing
	}
	return img
}

// pickPicture chooses a picture from a file in place of the camera's.
func (s *Shell) pickPicture() *ui.Button {
	b := s.button("phone.picture.file", nil)
	b.OnTapped = func() {
		s.cfg.Pick(func(file []byte) {
			s.cfg.Run(func(context.Context) { s.cfg.Flow.Took(file) })
		})
	}
	return b
}
