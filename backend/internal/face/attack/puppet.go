package attack

import (
	"context"
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/look"
	"realname.example/shared/verification"
)

// puppet moves one still of the person as the landmarks of somebody else move, who does
// what is asked, and hands the pictures in without a camera.
func (s *Source) puppet(rng *rand.Rand, others []*Source) (face.Capture, error) {
	if len(others) == 0 {
		return face.Capture{}, fmt.Errorf("a puppet needs a second person: %w", ErrTooLittle)
	}
	other := others[rng.IntN(len(others))]
	both := *other
	both.Passages = map[string][][2]int{}
	for name, passages := range other.Passages {
		if name == atRest || slices.ContainsFunc(s.Can(), func(a verification.Action) bool { return string(a) == name }) {
			both.Passages[name] = passages
		}
	}
	if !answers(both.Can()) {
		return face.Capture{}, fmt.Errorf("%s and %s do too little alike: %w", s.Name, other.Name, ErrTooLittle)
	}
	motion, err := both.Genuine(rng, both.Challenge(rng))
	if err != nil {
		return face.Capture{}, err
	}
	motion.Portrait = s.Portrait
	still := s.rest()[rng.IntN(len(s.rest()))]
	picture, err := decode(still)
	if err != nil {
		return face.Capture{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	own, err := s.landmarks(ctx, still)
	if err != nil {
		return face.Capture{}, err
	}
	first, err := s.landmarks(ctx, motion.Frames[0].JPEG)
	if err != nil {
		return face.Capture{}, err
	}
	scale := width(own) / width(first)
	last := first // where the face of the motion was seen last
	return redraw(motion, func(i int, _ float64) ([]byte, error) {
		if now, err := s.landmarks(ctx, motion.Frames[i].JPEG); err == nil {
			last = now
		}
		out := picture.moved(own, func(k int) (dx, dy float64) {
			return scale * (last[k].X - first[k].X), scale * (last[k].Y - first[k].Y)
		})
		out.noise(rng, 2)
		return out.encode(), nil
	})
}

func width(points []look.Landmark) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range points {
		low, high = min(low, p.X), max(high, p.X)
	}
	return high - low
}

// movedCell is the side of the squares, in pixels, over whose corners a movement is
// computed.
const movedCell = 8

// moved drags a picture along with points of it. Far from all of them nothing moves.
func (c *canvas) moved(points []look.Landmark, by func(k int) (dx, dy float64)) *canvas {
	sigma := 0.05 * width(points)
	w, h := c.w/movedCell+2, c.h/movedCell+2
	field := make([][2]float64, w*h)
	weight := make([]float64, w*h)
	reach := int(3*sigma)/movedCell + 1
	for k, p := range points {
		dx, dy := by(k)
		cx, cy := int(p.X+dx)/movedCell, int(p.Y+dy)/movedCell
		for y := max(0, cy-reach); y <= min(h-1, cy+reach); y++ {
			for x := max(0, cx-reach); x <= min(w-1, cx+reach); x++ {
				u, v := float64(x*movedCell)-p.X-dx, float64(y*movedCell)-p.Y-dy
				g := math.Exp(-(u*u + v*v) / (2 * sigma * sigma))
				field[y*w+x][0] += g * dx
				field[y*w+x][1] += g * dy
				weight[y*w+x] += g
			}
		}
	}
	for i, g := range weight {
		field[i][0] /= g + 0.05
		field[i][1] /= g + 0.05
	}
	return c.bend(color.RGBA{90, 90, 90, 255}, func(x, y float64) (float64, float64) {
		i, j := int(x)/movedCell, int(y)/movedCell
		fx, fy := x/movedCell-float64(i), y/movedCell-float64(j)
		at := func(k int) float64 {
			return (field[j*w+i][k]*(1-fx)+field[j*w+i+1][k]*fx)*(1-fy) + (field[(j+1)*w+i][k]*(1-fx)+field[(j+1)*w+i+1][k]*fx)*fy
		}
		return x - at(0), y - at(1)
	})
}
