package attack

import (
	"context"
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"time"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/relight"
	"realname.example/shared/handoff"
)

// Renderer makes what takes the pictures of one capture while a screen lights it.
type Renderer func(relight.Room, *rand.Rand) relight.Renderer

// Renderers by name. Thresholds are chosen by the first, the second is reported on.
var Renderers = map[string]Renderer{
	"phong": func(r relight.Room, rng *rand.Rand) relight.Renderer { return relight.NewPhong(r, rng) },
	"area":  func(r relight.Room, rng *rand.Rand) relight.Renderer { return relight.NewAreaLight(r, rng) },
}

// Lit lists the species that are taken under light.
var Lit = []Species{Genuine, PrintShown, ScreenShown, CloseScreenShown, PhoneShown, Injected}

// MakeLit is Make with a light challenge at the end, which demands the right light: all
// frames are taken anew by a renderer, in a room of their own. Where it is not whole, only
// the lit ones are there.
func MakeLit(ctx context.Context, engine *face.Engine, rng *rand.Rand, species Species, s *Source, with Renderer, whole bool) (face.Capture, error) {
	c, err := s.Genuine(rng, s.Challenge(rng))
	if err != nil {
		return face.Capture{}, err
	}
	c.DemandLight = true
	acted := len(c.Frames)
	s.light(rng, &c)
	if !whole {
		c.Frames = c.Frames[acted:]
	}
	room := relight.NewRoom(rng)
	stage, err := s.stage(ctx, engine, rng, species)
	if err != nil {
		return face.Capture{}, err
	}
	camera := with(room, rng)
	return redraw(c, func(i int, moment float64) ([]byte, error) {
		scene, err := stage(c.Frames[i].JPEG, moment)
		if err != nil {
			return nil, err
		}
		taken := camera.Shoot(scene, c.Frames[i].Light, moment)
		return (&canvas{taken.W, taken.H, taken.Pix}).encode(), nil
	})
}

// light draws colours and appends frames of the quiet look ahead for them, at a phone's
// times.
func (s *Source) light(rng *rand.Rand, c *face.Capture) {
	colours := handoff.Colours()
	rng.Shuffle(len(colours), func(i, j int) { colours[i], colours[j] = colours[j], colours[i] })
	rest := s.rest()
	const step = 2 // a phone takes one of two frames
	at, next := c.Frames[len(c.Frames)-1].At, rng.IntN(len(rest)-step*handoff.LightFrames)
	for _, colour := range colours[:handoff.LightColours] {
		for k := range handoff.ColourFrames {
			moment := at + handoff.ColourFor*time.Duration(handoff.ColourFrames+k)/(2*handoff.ColourFrames)
			c.Frames = append(c.Frames, face.Frame{JPEG: rest[next], At: moment, Light: colour})
			next += step
		}
		at += handoff.ColourFor
	}
}

// stage returns what makes a scene of a frame of a recording.
func (s *Source) stage(ctx context.Context, engine *face.Engine, rng *rand.Rand, species Species) (func(jpeg []byte, moment float64) (relight.Scene, error), error) {
	switch species {
	case Genuine:
		return func(jpeg []byte, _ float64) (relight.Scene, error) { return s.inTheFlesh(ctx, engine, jpeg) }, nil
	case Injected:
		return func(jpeg []byte, _ float64) (relight.Scene, error) {
			c, err := decode(jpeg)
			if err != nil {
				return relight.Scene{}, err
			}
			return relight.Scene{Picture: c.picture(), Injected: true}, nil
		}, nil
	}
	kind, ok := mediumOf[species]
	if !ok {
		return nil, fmt.Errorf("%q is not taken under light", species)
	}
	like, err := s.still(rng) //nolint:contextcheck // it decodes a small picture of its own
	if err != nil {
		return nil, err
	}
	m := newMedium(rng, kind, like.w, like.h)
	return func(jpeg []byte, moment float64) (relight.Scene, error) { //nolint:contextcheck // as above
		c, err := decode(jpeg)
		if err != nil {
			return relight.Scene{}, err
		}
		return m.scene(c, m.swayed(moment, c.w, c.h)), nil
	}, nil
}

// mediumOf has the medium of each shown recording.
var mediumOf = map[Species]Species{PrintShown: Print, ScreenShown: Screen, CloseScreenShown: CloseScreen, PhoneShown: Phone}

// inTheFlesh is a frame with the landmarks of its face.
func (s *Source) inTheFlesh(ctx context.Context, engine *face.Engine, jpeg []byte) (relight.Scene, error) {
	c, err := decode(jpeg) //nolint:contextcheck // it is a small picture
	if err != nil {
		return relight.Scene{}, err
	}
	points, err := engine.Landmarks(ctx, jpeg)
	if err != nil {
		return relight.Scene{}, err
	}
	scene := relight.Scene{Picture: c.picture(), Face: make([]relight.Point, len(points))}
	for i, p := range points {
		scene.Face[i] = relight.Point(p)
	}
	return scene, nil
}

func (c *canvas) picture() relight.Picture { return relight.Picture{W: c.w, H: c.h, Pix: c.pix} }

// scene is a picture on the medium, held so, before a camera.
func (m *medium) scene(c *canvas, held sheet) relight.Scene {
	on := m.painted(c)
	out := on.show(held, m.fill).blur(m.blur)
	all := blank(c.w, c.h)
	for i := range all.pix {
		all.pix[i] = 255
	}
	mask := all.show(held, color.RGBA{A: 255}).blur(1)
	s := relight.Scene{Picture: out.picture(), Sheet: make([]float32, c.w*c.h), Shines: m.kind != Print}
	for i := range s.Sheet {
		s.Sheet[i] = float32(mask.pix[3*i]) / 255
	}
	if m.kind == Phone {
		s.Hand = m.hand(out, held)
	}
	return s
}

// hand paints the fingers that hold a phone over one side of it.
func (m *medium) hand(c *canvas, held sheet) []float32 {
	mask := make([]float32, c.w*c.h)
	edge := float64(c.w)/2 + held.x + 0.5*held.zoom*float64(c.w)*0.97
	for y := range c.h {
		for x := range c.w {
			u := (float64(x) - edge) / (0.06 * float64(c.w))
			for finger := range 4 {
				v := (float64(y)/float64(c.h) - 0.35 - 0.13*float64(finger)) / 0.05
				d := u*u + v*v
				in := math.Exp(-d * d * d)
				mask[y*c.w+x] = max(mask[y*c.w+x], float32(in))
			}
			i := 3 * (y*c.w + x)
			in := float64(mask[y*c.w+x])
			for k, skin := range [3]float64{196, 148, 122} {
				c.pix[i+k] = uint8(float64(c.pix[i+k])*(1-in) + skin*(0.8+0.2*math.Cos(u))*in)
			}
		}
	}
	return mask
}
