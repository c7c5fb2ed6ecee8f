package facecmd

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	_ "image/png" // of pictures that eval reads

	"golang.org/x/image/draw"

	"realname.example/backend/internal/face"
)

// form is what portraits are made into by program: as small and as hard compressed
// as those of cards and registers are; the zero value is asked of none.
type form struct {
	eyes    float64 // pixels between the eyes
	quality int     // of the JPEG, 1 to 100
}

func (f form) asked() bool { return f.eyes > 0 }

// UnmarshalText reads EYES:QUALITY.
func (f *form) UnmarshalText(text []byte) error {
	n, err := fmt.Sscanf(string(text), "%g:%d", &f.eyes, &f.quality)
	if n != 2 || err != nil || f.eyes < 10 || f.eyes > 200 || f.quality < 1 || f.quality > 100 {
		return fmt.Errorf("%q is no form of a portrait; write the pixels between the eyes and the quality, such as 21:50", text)
	}
	return nil
}

// threshold is the one in force for portraits of this form.
func (f form) threshold(limits face.Thresholds) float64 { return limits.MatchOf(f.eyes, f.quality) }

// portrait makes a picture whose eyes are so many pixels apart smaller, compresses
// it, and makes its template. A picture that is smaller already is not enlarged.
func (f form) portrait(ctx context.Context, engine *face.Engine, picture []byte, eyes float64) (*face.Template, error) {
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	scale := min(1, f.eyes/eyes)
	size := func(n int) int { return max(1, int(float64(n)*scale+0.5)) }
	small := image.NewRGBA(image.Rect(0, 0, size(img.Bounds().Dx()), size(img.Bounds().Dy())))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src) // behind what is transparent
	draw.CatmullRom.Scale(small, small.Bounds(), img, img.Bounds(), draw.Over, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, small, &jpeg.Options{Quality: f.quality}); err != nil {
		return nil, err
	}
	t, err := engine.Template(ctx, out.Bytes())
	return &t, err
}
