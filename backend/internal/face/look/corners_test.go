package look

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"testing"

	"realname.example/backend/internal/face/raster"
	"realname.example/shared/specimen"
)

// Size of the pictures that the tests draw, as a phone takes them lying.
const (
	tableW = 1600
	tableH = 1200
)

// tables are what a card lies on.
var tables = map[string]func(x, y int, rng *rand.Rand) color.RGBA{
	"a dark desk":  func(int, int, *rand.Rand) color.RGBA { return color.RGBA{60, 52, 46, 255} },
	"a grey desk":  func(int, int, *rand.Rand) color.RGBA { return color.RGBA{128, 128, 128, 255} },
	"a white page": func(int, int, *rand.Rand) color.RGBA { return color.RGBA{252, 252, 252, 255} },
	"a blue cloth": func(x, y int, rng *rand.Rand) color.RGBA {
		n := uint8(rng.IntN(24))
		return color.RGBA{30 + n, 60 + n, 130 + n, 255}
	},
	"wood": func(x, y int, rng *rand.Rand) color.RGBA {
		grain := 14*math.Sin(float64(y)/23+3*math.Sin(float64(x)/400)) + 6*math.Sin(float64(y)/7)
		v := uint8(110 + grain + float64(rng.IntN(6)))
		return color.RGBA{v, uint8(int(v) * 3 / 4), v / 2, 255}
	},
	"a light over one side": func(x, _ int, _ *rand.Rand) color.RGBA {
		v := uint8(40 + 80*x/tableW)
		return color.RGBA{v, v, v, 255}
	},
}

// pose is how a card lies: its middle, its width at its own middle, how far it is turned,
// in degrees, and by which share its near side is larger, seen at an angle.
type pose struct{ x, y, width, degrees, near float64 }

// lay draws a card on a table.
func lay(card *image.RGBA, on func(x, y int, rng *rand.Rand) color.RGBA, p pose) *image.RGBA {
	rng := rand.New(rand.NewPCG(1, 2))
	out := image.NewRGBA(image.Rect(0, 0, tableW, tableH))
	b := card.Bounds()
	w, h := p.width/2, p.width/2*float64(b.Dy())/float64(b.Dx())
	sin, cos := math.Sincos(p.degrees * math.Pi / 180)
	for j := range tableH {
		for i := range tableW {
			dx, dy := float64(i)-p.x, float64(j)-p.y
			across, down := cos*dx+sin*dy, cos*dy-sin*dx
			v := down / (h + p.near*down)
			u := across * (1 - p.near*v) / w
			if math.Abs(u) < 1 && math.Abs(v) < 1 {
				out.SetRGBA(i, j, card.RGBAAt(b.Min.X+int((1+u)/2*float64(b.Dx())), b.Min.Y+int((1+v)/2*float64(b.Dy()))))
			} else {
				out.SetRGBA(i, j, on(i, j, rng))
			}
		}
	}
	return out
}

// seen is a picture as the engine holds it.
func seen(img *image.RGBA) *raster.Raster {
	b := img.Bounds()
	r := &raster.Raster{W: b.Dx(), H: b.Dy(), Pix: make([]uint8, 0, 3*b.Dx()*b.Dy())}
	for i := 0; i+3 < len(img.Pix); i += 4 {
		r.Pix = append(r.Pix, img.Pix[i:i+3]...)
	}
	return r
}

// cardAlone is a drawn card without the table that it is drawn on.
func cardAlone() *image.RGBA {
	const margin = 24
	drawn := specimen.Back("VALID 2020.01.01-2040.01.01", "110100198809010260")
	card := image.NewRGBA(image.Rect(0, 0, specimen.Width-2*margin, specimen.Height-2*margin))
	draw.Draw(card, card.Bounds(), drawn, image.Pt(margin, margin), draw.Src)
	return card
}

func TestACardThatLeavesThePictureIsSeen(t *testing.T) {
	for name, table := range tables {
		for _, test := range []struct {
			name string
			pose pose
			cut  bool
		}{
			{"in the middle", pose{800, 600, 1200, 0, 0}, false},
			{"small", pose{700, 500, 800, 3, 0}, false},
			{"turned", pose{800, 600, 1050, 20, 0}, false},
			{"upright", pose{800, 600, 1050, 90, 0}, false},
			{"tilted", pose{800, 620, 1100, 2, 0.15}, false},
			{"tilted and turned", pose{780, 600, 1000, -12, -0.12}, false},
			{"almost at the edge", pose{690, 600, 1300, 1, 0}, false},
			{"one side cut", pose{1200, 600, 1200, 0, 0}, true},
			{"one side cut, turned", pose{1250, 620, 1100, 8, 0}, true},
			{"one side cut, tilted", pose{1200, 600, 1200, 3, 0.12}, true},
			{"below cut", pose{800, 1000, 1100, 0, 0}, true},
			{"two sides cut", pose{1300, 900, 1200, 2, 0}, true},
			{"one corner cut", pose{850, 600, 1380, 28, 0}, true},
		} {
			picture := seen(lay(cardAlone(), table, test.pose))
			if got := cutOff(picture); got != test.cut {
				t.Errorf("%s on %s: cut off is %v", test.name, name, got)
			}
		}
	}
}

// TestAScanThatEndsWithTheCardIsWhole: nothing but the card is there, to which nothing
// can be compared.
func TestAScanThatEndsWithTheCardIsWhole(t *testing.T) {
	if cutOff(seen(cardAlone())) {
		t.Error("cut off")
	}
}
