package attack

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"

	"realname.example/backend/internal/face"
	"realname.example/shared/verification"
)

// Species is a kind of attack, or Genuine.
type Species string

// The species. Print, Screen, CloseScreen and Phone are shown as a still, and as a
// recording that does answer the challenge (the Shown forms).
const (
	Genuine          Species = "genuine"
	Print            Species = "print, still"
	Screen           Species = "screen, still"
	CloseScreen      Species = "close screen, still"
	PrintShown       Species = "print, shown recording"
	ScreenShown      Species = "screen, shown recording"
	CloseScreenShown Species = "close screen, shown recording"
	Phone            Species = "phone with bezel and hand, still"
	PhoneShown       Species = "phone with bezel and hand, shown recording"
	NearPhoneShown   Species = "phone with bezel and hand at 10 % zoom, shown recording"
	BandedShown      Species = "screen with colour shift and banding, shown recording"
	Puppet           Species = "still warped by landmarks over another's motion"
	Injected         Species = "injected recording"
	Tilted           Species = "tilted photo"
	Warped           Species = "warped still"
	Replayed         Species = "recording against another challenge"
	Swapped          Species = "swapped person"
	Duplicated       Species = "duplicated frames"
	Reordered        Species = "reordered frames"
)

// MustFail lists the species of which none may be accepted.
var MustFail = []Species{Tilted, Warped, Replayed, Swapped, Duplicated, Reordered}

// Measured lists the species whose rates are measured and reported.
var Measured = []Species{Print, Screen, CloseScreen, PrintShown, ScreenShown, CloseScreenShown, PhoneShown, NearPhoneShown, BandedShown, Puppet}

// shownOn is on what the frames that answer a challenge are shown to the camera.
var shownOn = map[Species]Species{
	PrintShown: Print, ScreenShown: Screen, CloseScreenShown: CloseScreen,
	PhoneShown: Phone, NearPhoneShown: nearPhone, BandedShown: banded,
}

// Make makes one capture of a species from a source. Others are the sources of
// other people, for swapping.
func Make(rng *rand.Rand, species Species, s *Source, others []*Source) (face.Capture, error) {
	base, err := s.Genuine(rng, s.Challenge(rng))
	if err != nil {
		return face.Capture{}, err
	}
	if medium, shown := shownOn[species]; shown {
		return s.onMedium(rng, base, medium, false)
	}
	switch species {
	case Genuine, Injected: // without light they are the same pictures
		return base, nil
	case Print, Screen, CloseScreen:
		return s.onMedium(rng, base, species, true)
	case Puppet:
		return s.puppet(rng, others)
	case Tilted:
		return s.tilted(rng, base)
	case Warped:
		return s.warped(rng, base)
	case Replayed:
		return s.replayed(rng, base)
	case Swapped:
		return s.swapped(rng, base, others)
	case Duplicated:
		return duplicated(rng, base)
	case Reordered:
		return reordered(rng, base), nil
	}
	return face.Capture{}, fmt.Errorf("%q is not a species", species)
}

// still is a frame from a neutral, as a canvas.
func (s *Source) still(rng *rand.Rand) (*canvas, error) {
	neutral := s.rest()
	return decode(neutral[rng.IntN(len(neutral))])
}

// redraw replaces every frame by what draw makes of it.
func redraw(c face.Capture, draw func(i int, moment float64) ([]byte, error)) (face.Capture, error) {
	frames := make([]face.Frame, len(c.Frames))
	for i, f := range c.Frames {
		data, err := draw(i, f.At.Seconds())
		if err != nil {
			return face.Capture{}, err
		}
		frames[i] = face.Frame{JPEG: data, At: f.At, Light: f.Light}
	}
	c.Frames = frames
	return c, nil
}

// onMedium shows one still, or the frames that answer the challenge, on paper
// or a screen.
func (s *Source) onMedium(rng *rand.Rand, base face.Capture, kind Species, stillOnly bool) (face.Capture, error) {
	still, err := s.still(rng)
	if err != nil {
		return face.Capture{}, err
	}
	m := newMedium(rng, kind, still.w, still.h)
	return redraw(base, func(i int, moment float64) ([]byte, error) {
		if stillOnly {
			return m.shot(rng, still, moment), nil
		}
		c, err := decode(base.Frames[i].JPEG)
		if err != nil {
			return nil, err
		}
		return m.shot(rng, c, moment), nil
	})
}

// tilted holds a photo and tilts it as the challenge asks, by up to 60°.
func (s *Source) tilted(rng *rand.Rand, base face.Capture) (face.Capture, error) {
	still, err := s.still(rng)
	if err != nil {
		return face.Capture{}, err
	}
	m := newMedium(rng, Print, still.w, still.h)
	m.held = sheet{zoom: 0.9 + 0.5*rng.Float64()}
	m.strength *= rng.Float64()
	most := (30 + 30*rng.Float64()) * math.Pi / 180
	return redraw(base, func(i int, moment float64) ([]byte, error) {
		a, strength := asked(base.Actions, i, len(base.Frames))
		held := m.held
		held.x += 4 * math.Sin(2.3*moment)
		held.y += 3 * math.Sin(1.9*moment)
		switch a {
		case verification.TurnLeft:
			held.yaw = most * strength
		case verification.TurnRight:
			held.yaw = -most * strength
		case verification.Nod:
			held.pitch = most * 0.7 * strength
		case verification.ComeCloser:
			held.zoom *= 1 + 0.5*strength
		case verification.OpenMouth, verification.Blink:
			held.pitch = most * 0.5 * strength
		}
		return m.shotAt(rng, still, held), nil
	})
}

// asked says which action a frame of a made capture falls into, and how far it
// has gone, 0 to 1 and back. A sixth of the frames at each end are neutral.
func asked(actions []verification.Action, i, n int) (verification.Action, float64) {
	edge := n / 6
	span := n - 2*edge
	k := (i - edge) * len(actions)
	if i < edge || k >= span*len(actions) {
		return "", 0
	}
	part := float64(k%span) / float64(span)
	return actions[k/span], math.Sin(math.Pi * part)
}

// warped moves the pixels of one still: by a plane's map, or by bulging the
// face as if it had depth, with lids and lips pulled where they are asked for.
func (s *Source) warped(rng *rand.Rand, base face.Capture) (face.Capture, error) {
	still, err := s.still(rng)
	if err != nil {
		return face.Capture{}, err
	}
	box := s.box
	cx, cy := (box.X0+box.X1)/2, (box.Y0+box.Y1)/2
	rx, ry := (box.X1-box.X0)*0.6, (box.Y1-box.Y0)*0.6
	strength := 0.25 + 0.35*rng.Float64()
	depth := rng.IntN(2) == 0
	return redraw(base, func(i int, moment float64) ([]byte, error) {
		a, k := asked(base.Actions, i, len(base.Frames))
		k *= strength
		dx, dy := 3*math.Sin(2.3*moment), 2*math.Sin(1.7*moment)
		out := still.bend(color.RGBA{90, 90, 90, 255}, func(x, y float64) (float64, float64) {
			u, v := (x-cx)/rx, (y-cy)/ry
			x, y = x+dx, y+dy
			bulge := math.Sqrt(max(0, 1-u*u-v*v))
			switch a {
			case verification.TurnLeft, verification.TurnRight:
				sign := 1.0
				if a == verification.TurnRight {
					sign = -1
				}
				if depth {
					return x - sign*k*rx*bulge, y
				}
				return cx + (x-cx)*(1+k)/(1+0.3*sign*k*u), cy + (y-cy)/(1+0.3*sign*k*u)
			case verification.Nod:
				return x, y - k*ry*bulge*0.6
			case verification.ComeCloser:
				return cx + (x-cx)/(1+k), cy + (y-cy)/(1+k)
			case verification.OpenMouth:
				return x, y - 0.5*k*ry*math.Exp(-sq(u*3)-sq((v-0.75)*4))
			case verification.Blink:
				return x, y + 0.4*k*ry*math.Exp(-sq((v+0.15)*8))*math.Exp(-sq(u*1.2))
			}
			return x, y
		})
		out.noise(rng, 2)
		return out.encode(), nil
	})
}

// replayed keeps the frames and asks for something else.
func (s *Source) replayed(rng *rand.Rand, base face.Capture) (face.Capture, error) {
	was := slices.Clone(base.Actions)
	for range 200 {
		var other []verification.Action
		if rng.IntN(2) == 0 {
			other = slices.Clone(was)
			rng.Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
		} else {
			all := verification.Actions()
			rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			other = all[:3]
		}
		if slices.ContainsFunc(other, verification.Action.Turn) && !slices.Equal(other, was) {
			base.Actions = other
			return base, nil
		}
	}
	return face.Capture{}, errors.New("no other challenge was found")
}

// swapped puts another person into a part of the capture, or asks for another
// person's portrait.
func (s *Source) swapped(rng *rand.Rand, base face.Capture, others []*Source) (face.Capture, error) {
	if len(others) == 0 {
		return face.Capture{}, fmt.Errorf("swapping needs a second person: %w", ErrTooLittle)
	}
	other := others[rng.IntN(len(others))]
	if rng.IntN(4) == 0 {
		base.Portrait = other.Portrait
		return base, nil
	}
	frames := slices.Clone(base.Frames)
	n := len(frames)/6 + rng.IntN(len(frames)/2)
	from := rng.IntN(len(frames) - n)
	start := rng.IntN(len(other.Frames) - n)
	like, err := decode(base.Frames[0].JPEG)
	if err != nil {
		return face.Capture{}, err
	}
	for i := range n {
		c, err := decode(other.Frames[start+i])
		if err != nil {
			return face.Capture{}, err
		}
		frames[from+i].JPEG = c.scaled(like.w, like.h).encode()
	}
	base.Frames = frames
	return base, nil
}

// duplicated fills the capture with frames that it already holds, as they are or
// compressed again.
func duplicated(rng *rand.Rand, base face.Capture) (face.Capture, error) {
	frames := slices.Clone(base.Frames)
	again := rng.IntN(2) == 0
	for range 1 + rng.IntN(len(frames)/3) {
		i := 1 + rng.IntN(len(frames)-1)
		from := rng.IntN(i)
		data := frames[from].JPEG
		if again {
			c, err := decode(data)
			if err != nil {
				return face.Capture{}, err
			}
			data = c.encode()
		}
		frames[i].JPEG = data
	}
	base.Frames = frames
	return base, nil
}

// reordered shuffles all frames, or moves blocks of them, or plays them
// backwards, at the times of the others.
func reordered(rng *rand.Rand, base face.Capture) face.Capture {
	pictures := make([][]byte, len(base.Frames))
	for i, f := range base.Frames {
		pictures[i] = f.JPEG
	}
	switch rng.IntN(3) {
	case 0:
		rng.Shuffle(len(pictures), func(i, j int) { pictures[i], pictures[j] = pictures[j], pictures[i] })
	case 1:
		blocks := 4 + rng.IntN(4)
		var cut [][][]byte
		for b := range blocks {
			cut = append(cut, pictures[b*len(pictures)/blocks:(b+1)*len(pictures)/blocks])
		}
		for first := &cut[0][0]; first == &cut[0][0]; { // until it is another order
			rng.Shuffle(len(cut), func(i, j int) { cut[i], cut[j] = cut[j], cut[i] })
		}
		pictures = slices.Concat(cut...)
	default:
		slices.Reverse(pictures)
	}
	frames := make([]face.Frame, len(pictures))
	for i, p := range pictures {
		frames[i] = face.Frame{JPEG: p, At: base.Frames[i].At}
	}
	base.Frames = frames
	return base
}
