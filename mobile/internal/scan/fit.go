package scan

import "math"

// pose maps a code's modules to pixels: any perspective is given by where the
// middles of the three finder squares lie and how far away, relative to the
// top left one, the other two are. That leaves two unknowns when the squares
// are found, and these can be searched.
type pose struct {
	corner  [3]point // top left, top right, bottom left
	depth   [2]float64
	modules int // modules along a side: 21, 25, 29, ...
}

// at returns the pixel of module coordinates (u, v); module (0, 0) has its
// middle at (0.5, 0.5).
func (p *pose) at(u, v float64) (x, y float64) {
	span := float64(p.modules - 7)
	a, b := (u-3.5)/span, (v-3.5)/span
	k0, k1, k2 := 1-a-b, a*p.depth[0], b*p.depth[1]
	q := k0 + k1 + k2
	return (k0*p.corner[0].x + k1*p.corner[1].x + k2*p.corner[2].x) / q,
		(k0*p.corner[0].y + k1*p.corner[1].y + k2*p.corner[2].y) / q
}

// mark is a module whose colour every code of a size shares.
type mark struct {
	u, v float64 // its middle
	ink  bool
	// grid marks are the ones that the coarse search looks at: timing lines
	// and alignment square. The finder squares are where they are by then.
	grid bool
}

// marksOf lists the known modules of a code: finder squares with their light
// border, timing lines, the alignment square nearest the fourth corner
// (ISO/IEC 18004, section 6.3).
func marksOf(modules int) []mark {
	var out []mark
	square := func(u0, v0 int) {
		for dv := -1; dv <= 7; dv++ {
			for du := -1; du <= 7; du++ {
				ring := max(abs(du-3), abs(dv-3))
				out = append(out, mark{float64(u0+du) + 0.5, float64(v0+dv) + 0.5, ring != 2 && ring != 4, false})
			}
		}
	}
	square(0, 0)
	square(modules-7, 0)
	square(0, modules-7)
	for i := 8; i < modules-8; i++ {
		out = append(
			out, mark{float64(i) + 0.5, 6.5, i%2 == 0, true},
			mark{6.5, float64(i) + 0.5, i%2 == 0, true},
		)
	}
	if modules == 21 { // without an alignment square the timing lines say too little
		for i := range out {
			out[i].grid = true
		}
	} else {
		for dv := -2; dv <= 2; dv++ {
			for du := -2; du <= 2; du++ {
				ring := max(abs(du), abs(dv))
				at := float64(modules) - 6.5
				out = append(out, mark{at + float64(du), at + float64(dv), ring != 1, true})
			}
		}
	}
	return out
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}

// agreement says how well the picture has ink and paper where the marks want
// it: 1 is perfect, 0 is chance. Pixels near the threshold count less.
func agreement(p Plane, t *threshold, ps *pose, marks []mark, gridOnly bool) float64 {
	const full = 24 // grey levels away from the threshold that count in full
	sum, n := 0, 0
	for i := range marks {
		m := &marks[i]
		if gridOnly && !m.grid {
			continue
		}
		n += full
		fx, fy := ps.at(m.u, m.v)
		if !(fx >= 0 && fy >= 0 && fx < float64(p.W) && fy < float64(p.H)) {
			continue
		}
		x, y := int(fx), int(fy)
		d := min(full, max(-full, t.at(x, y)-int(p.Pix[y*p.Stride+x])))
		if !m.ink {
			d = -d
		}
		sum += d
	}
	if n == 0 {
		return 0
	}
	return float64(sum) / float64(n)
}

// coarse searches the two depths around what the finder squares' sizes say.
func coarse(p Plane, t *threshold, start pose, marks []mark) (pose, float64) {
	const steps, width = 6, 0.04
	best, score := start, -1.0
	for i := -steps; i <= steps; i++ {
		for j := -steps; j <= steps; j++ {
			try := start
			try.depth[0] *= 1 + width*float64(i)
			try.depth[1] *= 1 + width*float64(j)
			if s := agreement(p, t, &try, marks, true); s > score {
				best, score = try, s
			}
		}
	}
	return best, score
}

// refine climbs in all eight unknowns with shrinking steps.
func refine(p Plane, t *threshold, start pose, marks []mark, module float64) (pose, float64) {
	best, score := start, agreement(p, t, &start, marks, false)
	for _, step := range [...]float64{0.6, 0.3, 0.15, 0.07} {
		for round := 0; round < 2; round++ {
			before := score
			for k := 0; k < 8; k++ {
				for _, dir := range [2]float64{step, -step} {
					try := best
					switch {
					case k < 6 && k%2 == 0:
						try.corner[k/2].x += dir * module
					case k < 6:
						try.corner[k/2].y += dir * module
					default:
						try.depth[k-6] *= 1 + dir*0.06
					}
					if s := agreement(p, t, &try, marks, false); s > score {
						best, score = try, s
						break
					}
				}
			}
			if score == before {
				break
			}
		}
	}
	return best, score
}

// edge walks from the middle of one finder square towards another point and
// returns the length of a module there, in pixels: the square ends after 3.5, and
// its inner border after 2.5.
func edge(b ink, from, to point, module float64) float64 {
	last := 3
	if b.open {
		last = 2
	}
	length := from.to(to)
	dx, dy := (to.x-from.x)/length, (to.y-from.y)/length
	want, turns := byte(1), 0
	for d := 0.0; d < min(length, 12*module); d += 0.5 {
		x, y := int(from.x+d*dx), int(from.y+d*dy)
		if x < 0 || y < 0 || x >= b.W || y >= b.H {
			break
		}
		if b.at(x, y) != want {
			want ^= 1
			if turns++; turns == last {
				return d / (float64(last) + 0.5)
			}
		}
	}
	return module * math.Sqrt2 / 1.2 // no edge: the axes' lengths will do
}
