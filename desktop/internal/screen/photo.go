package screen

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"

	"realname.example/shared/camera"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// lens is the PC's camera, with which one dialog at a time films.
type lens struct {
	camera camera.Backend
	draw   func(func()) // runs what draws where drawing is done, and waits for it
	open   sync.Mutex   // held from before the camera opens until it was let go
	leave  func()       // closes the dialog that films; nil while there is none
}

// longest is the longer side of a picture, in pixels.
const longest = 1280

// filmed is the size of the dialog for the usual text.
var filmed = fyne.NewSize(600, 520)

// dark is shown until the camera sees something.
var dark = image.NewGray(image.Rect(0, 0, 16, 9))

// photo is the dialog in which a person takes a picture of themselves: the camera's live
// picture, then the one that was taken, or why there is none.
type photo struct {
	deps    deps
	most    int               // bytes of the picture
	use     func(jpeg []byte) // takes the picture that the person keeps
	shown   *dialog.CustomDialog
	keys    ui.Keys
	picture *canvas.Image
	line    *fyne.Container // what to do
	cancel  *ui.Button
	take    *ui.Button // disabled until something is seen
	shutter chan struct{}
	stop    context.CancelFunc // lets the camera go
}

// takePicture lets a person take a picture of themselves with the PC's camera, of at
// most so many bytes as JPEG. The camera is let go whichever way the dialog closes.
func takePicture(d deps, most int, use func(jpeg []byte)) {
	p := &photo{deps: d, most: most, use: use, picture: canvas.NewImageFromImage(dark), line: container.NewStack()}
	p.picture.FillMode = canvas.ImageFillContain
	p.picture.SetMinSize(fyne.NewSize(480, 320))
	p.keys.OnEscape = func() { p.shown.Hide() }
	p.cancel = button("pc.cancel.dialog", &p.keys, p.keys.OnEscape)
	body := container.NewVScroll(edged(container.NewVBox(p.picture, p.line), 0))
	p.shown = question(d, "pc.camera", body, filmed, p.cancel)
	p.shown.SetOnClosed(func() {
		p.stop()
		d.lens.leave = nil
	})
	d.lens.leave = p.shown.Hide
	p.begin()
}

// begin films until the shutter is pressed.
func (p *photo) begin() {
	if p.stop != nil {
		p.stop()
	}
	var ctx context.Context
	ctx, p.stop = context.WithCancel(context.Background())
	p.shutter = make(chan struct{}, 1)
	p.show(dark)
	p.picture.Show()
	p.take = primary("pc.camera.take", &p.keys, p.press)
	p.take.Disable()
	p.say(ui.Body(sentences.T("picture.selfie.how")), p.cancel, p.take)
	go p.film(ctx, p.shutter)
}

// press presses the shutter.
func (p *photo) press() {
	select {
	case p.shutter <- struct{}{}:
	default:
	}
}

// say sets the line below the picture and the buttons.
func (p *photo) say(line fyne.CanvasObject, buttons ...fyne.CanvasObject) {
	p.line.Objects = list(line)
	p.shown.SetButtons(buttons)
	p.line.Refresh()
	size := fitting(p.deps, filmed)
	p.shown.Resize(size.AddWidthHeight(0, 1)) // Fyne 2.7.1 lays a body out only as its size changes
	p.shown.Resize(size)
}

// film shows what the camera sees, and then how it ended, unless the dialog is closed.
func (p *photo) film(ctx context.Context, shutter <-chan struct{}) {
	taken, err := p.expose(ctx, shutter)
	p.deps.lens.draw(func() {
		switch {
		case ctx.Err() != nil:
		case err != nil:
			p.fail(err)
		default:
			p.keep(taken)
		}
	})
}

// expose holds the camera open until a picture is taken, and returns it as JPEG.
func (p *photo) expose(ctx context.Context, shutter <-chan struct{}) (taken []byte, err error) {
	l := p.deps.lens
	l.open.Lock()
	defer l.open.Unlock()
	if l.camera.Permission() != camera.Granted {
		answer, err := l.camera.RequestPermission(ctx)
		if err = errors.Join(err, answer.Err()); err != nil {
			return nil, err
		}
	}
	session, err := l.camera.Open(ctx, camera.Config{Facing: camera.Front, W: 1280, H: 720})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	for {
		frame, err := session.Next(ctx)
		if err != nil {
			return nil, err
		}
		select {
		case <-shutter:
			return camera.EncodeJPEG(frame, longest, p.most)
		default:
		}
		seen := camera.Preview(frame, nil)
		dim(seen)
		l.draw(func() {
			if ctx.Err() == nil {
				p.live(seen)
			}
		})
	}
}

// live shows what the camera sees now, of which a picture can be taken.
func (p *photo) live(seen image.Image) {
	p.show(seen)
	if p.take.Disabled() {
		p.take.Enable()
		p.deps.window.Canvas().Focus(p.take)
	}
}

func (p *photo) show(picture image.Image) {
	p.picture.Image = picture
	p.picture.Refresh()
}

// keep shows the picture that was taken, as it will be sent.
func (p *photo) keep(taken []byte) {
	picture, err := jpeg.Decode(bytes.NewReader(taken))
	if err != nil {
		p.fail(err)
		return
	}
	p.show(picture)
	again := button("pc.camera.again", &p.keys, p.begin)
	use := primary("pc.camera.use", &p.keys, func() {
		p.shown.Hide()
		p.use(taken)
	})
	p.say(ui.Body(sentences.T("pc.camera.look")), p.cancel, again, use)
	p.deps.window.Canvas().Focus(again) // a second Return keeps nothing that nobody looked at
}

// fail says what is wrong with the camera, and what to do.
func (p *photo) fail(err error) {
	p.picture.Hide()
	again := primary("pc.camera.retry", &p.keys, p.begin)
	p.say(ui.NewBar(ui.KindRefused, sentences.T(cameraFault(err))), p.cancel, again)
	p.deps.window.Canvas().Focus(again)
}

// cameraFaults has the sentence of each fault of a camera, the finer ones first.
var cameraFaults = []struct {
	err error
	key string
}{
	{camera.ErrDeniedForever, "pc.camera.denied_forever"},
	{camera.ErrDenied, "pc.camera.denied"},
	{camera.ErrNone, "pc.camera.none"},
	{camera.ErrBusy, "pc.camera.busy"},
	{camera.ErrUnplugged, "pc.camera.unplugged"},
}

// cameraFault is the key of the sentence of an error.
func cameraFault(err error) string {
	for _, f := range cameraFaults {
		if errors.Is(err, f.err) {
			return f.key
		}
	}
	return "pc.camera.unsupported"
}

// dim darkens a live picture outside the oval in which the face belongs: four fifths of
// the height, three to four.
func dim(picture *image.RGBA) {
	w, h := picture.Rect.Dx(), picture.Rect.Dy()
	ry := float64(h) * 0.4
	rx := ry * 3 / 4
	for y := range h {
		row := picture.Pix[y*picture.Stride:]
		dy := (float64(y) - float64(h)/2) / ry
		for x := range w {
			dx := (float64(x) - float64(w)/2) / rx
			if dx*dx+dy*dy > 1 {
				at := row[4*x : 4*x+3]
				at[0], at[1], at[2] = at[0]/2, at[1]/2, at[2]/2
			}
		}
	}
}
