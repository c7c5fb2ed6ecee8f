package capture

import (
	"slices"
	"time"

	"realname.example/shared/camera"
	"realname.example/shared/handoff"
)

// cells is how finely a picture is looked at for movement: the means of so
// many parts a side of its middle.
const cells = 24

// film holds the pictures of one part of a capture until it is known which of
// them to send. It reuses the memory of the others.
type film struct {
	shots []*shot
	used  int
}

// shot is one picture and how much it differs from the one before, in grey
// levels of the cells' means.
type shot struct {
	frame camera.Frame
	sum   uint64 // of its brightness, to know it again
	grid  [cells * cells]float64
	moved float64
	light handoff.Colour // in which a chosen one was taken
}

func (f *film) clear() { f.used = 0 }

func (f *film) count() int { return f.used }

// has reports whether a picture is there already.
func (f *film) has(sum uint64) bool {
	return slices.ContainsFunc(f.shots[:f.used], func(s *shot) bool { return s.sum == sum })
}

// due reports whether a picture of that time comes a step after the one before.
func (f *film) due(at, step time.Duration) bool {
	return f.used == 0 || at-f.shots[f.used-1].frame.At >= step
}

// add copies a picture.
func (f *film) add(frame *camera.Frame, sum uint64) {
	if f.used == len(f.shots) {
		f.shots = append(f.shots, &shot{})
	}
	s := f.shots[f.used]
	frame.CopyTo(&s.frame)
	s.grid = gridOf(frame)
	s.sum, s.moved = sum, 0
	if f.used > 0 {
		before := &f.shots[f.used-1].grid
		for i, v := range s.grid {
			s.moved += max(v-before[i], before[i]-v) / (cells * cells)
		}
	}
	f.used++
}

// gridOf returns the means of the cells of a picture's middle, where the face
// is, from every other pixel of every other row.
func gridOf(f *camera.Frame) (grid [cells * cells]float64) {
	x0, y0, w, h := f.W/8, f.H/8, f.W*3/4, f.H*3/4
	for cy := range cells {
		for cx := range cells {
			sum, n := 0, 0
			for y := y0 + cy*h/cells; y < y0+(cy+1)*h/cells; y += 2 {
				for x := x0 + cx*w/cells; x < x0+(cx+1)*w/cells; x += 2 {
					sum += int(f.Y[y*f.W+x])
					n++
				}
			}
			grid[cy*cells+cx] = float64(sum) / float64(max(1, n))
		}
	}
	return grid
}

// take gives away the pictures to send, at most so many.
func (f *film) take(most int) []*shot {
	var taken, left []*shot
	chosen := f.choose(most)
	for i, s := range f.shots {
		if len(chosen) > 0 && chosen[0] == i {
			taken, chosen = append(taken, s), chosen[1:]
		} else {
			left = append(left, s)
		}
	}
	f.shots, f.used = left, 0
	return taken
}

// choose returns which pictures to send, at most so many, in their order: a
// third of them spread evenly over the time and the others over the movement, so
// that a quick movement is seen from its beginning to its end.
func (f *film) choose(most int) []int {
	if f.used <= most {
		all := make([]int, f.used)
		for i := range all {
			all[i] = i
		}
		return all
	}
	if most == 0 {
		return nil
	}
	mean := 0.0
	for _, s := range f.shots[1:f.used] {
		mean += s.moved / float64(f.used-1)
	}
	way := make([]float64, f.used)
	for i := 1; i < f.used; i++ {
		way[i] = way[i-1] + 1
		if mean > 0 {
			way[i] += 2 * f.shots[i].moved / mean
		}
	}
	var chosen []int
	for k := range most {
		want := way[f.used-1] * float64(k) / float64(max(1, most-1))
		i, exact := slices.BinarySearch(way, want)
		if !exact && i > 0 && want-way[i-1] < way[min(i, f.used-1)]-want {
			i--
		}
		if i = min(i, f.used-1); len(chosen) == 0 || i > chosen[len(chosen)-1] {
			chosen = append(chosen, i)
		}
	}
	return chosen
}
