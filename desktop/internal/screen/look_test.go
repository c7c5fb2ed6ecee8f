package screen_test

import (
	"context"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/api"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

// TestTheCodeIsTheLargestThing: in the usual window 320 or more, in a larger one
// larger, in the least one whole. PC_SHOTS=folder keeps pictures.
func TestTheCodeIsTheLargestThing(t *testing.T) {
	for name, test := range map[string]struct {
		size  fyne.Size
		least float32
	}{
		"least": {fyne.NewSize(720, 520), 208}, "usual": {wide, 320}, "large": {fyne.NewSize(1280, 960), 340},
	} {
		for _, scheme := range []ui.Scheme{ui.LightScheme, ui.DarkScheme} {
			for _, l := range sentences.Languages() {
				a := open(t, l, scheme, test.size)
				a.enter()
				a.backend.Stand(verification.FaceRequired, verification.Face, "")
				a.flow.Choose(verification.Face)
				a.flow.Type(flow.Details{Name: "张伟", Number: "110100199003070111"})
				a.flow.BeginFace(context.Background())
				a.flow.ShowCode(context.Background())
				a.shot(name + "-code-" + string(l) + "-" + string(scheme))
				found := false
				for _, o := range a.objects() {
					if code, ok := o.(*canvas.Raster); ok {
						found = true
						if side := code.Size(); side.Width != side.Height || side.Width < test.least {
							t.Errorf("%s, %s: the code is %v", name, l, side)
						}
					}
				}
				if !found {
					t.Errorf("%s, %s: no code", name, l)
				}
			}
		}
	}
}

func TestAnEmptyListSaysWhatWillStandThere(t *testing.T) {
	for _, l := range sentences.Languages() {
		a := signedIn(t, l)
		a.backend.Ledger = api.Records{}
		a.tap(sentences.T("pc.data"))
		a.sees(sentences.T("pc.data.empty"))
		a.shot("empty-" + string(l))
	}
}

// shot keeps a picture of the window where PC_SHOTS names a folder.
func (a *app) shot(name string) {
	folder := os.Getenv("PC_SHOTS")
	if folder == "" {
		return
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		a.t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(folder, name+".png"))
	if err == nil {
		err = png.Encode(file, a.window.Canvas().Capture())
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		a.t.Fatal(err)
	}
}
