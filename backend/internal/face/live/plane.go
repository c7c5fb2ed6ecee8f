package live

import (
	"math"

	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
)

const (
	// minRelief is the least root mean square distance, in parts of the eyes'
	// distance, between landmarks at the top of a turn and where the best
	// homography would take them from the neutral.
	minRelief = 0.03

	// minTexture is the least change of the aligned face between frames of the
	// same pose, in grey levels after smoothing: a warped still changes less.
	minTexture = 0.9
)

// planeResidual fits the homography that takes a's landmarks to b's and returns
// what is left.
func planeResidual(a, b *look.Mesh) float64 {
	const every = 3
	var from, to []raster.Point
	for i := 0; i < look.MeshPoints; i += every {
		from = append(from, a.Flat(i))
		to = append(to, b.Flat(i))
	}
	h, ok := homography(from, to)
	if !ok {
		return 0
	}
	var sum float64
	for i, p := range from {
		w := h[6]*p.X + h[7]*p.Y + 1
		dx := (h[0]*p.X+h[1]*p.Y+h[2])/w - to[i].X
		dy := (h[3]*p.X+h[4]*p.Y+h[5])/w - to[i].Y
		sum += dx*dx + dy*dy
	}
	return math.Sqrt(sum/float64(len(from))) / max(1, a.EyeDistance())
}

// homography solves the least squares of the eight numbers that take from to
// to, on points shifted and scaled around zero, and returns them in the
// original coordinates.
func homography(from, to []raster.Point) (h [8]float64, ok bool) {
	nf, nt := normaliser(from), normaliser(to)
	var m [8][9]float64
	add := func(row [8]float64, v float64) {
		for i := range 8 {
			for j := range 8 {
				m[i][j] += row[i] * row[j]
			}
			m[i][8] += row[i] * v
		}
	}
	for i := range from {
		p, q := nf.Apply(from[i]), nt.Apply(to[i])
		add([8]float64{p.X, p.Y, 1, 0, 0, 0, -p.X * q.X, -p.Y * q.X}, q.X)
		add([8]float64{0, 0, 0, p.X, p.Y, 1, -p.X * q.Y, -p.Y * q.Y}, q.Y)
	}
	x, ok := solve(m)
	if !ok {
		return h, false
	}
	// Undo the normalisers: H = inverse(nt) · X · nf.
	back := nt.Invert()
	left := [3][3]float64{{back.A, back.B, back.C}, {back.D, back.E, back.F}, {0, 0, 1}}
	mid := [3][3]float64{{x[0], x[1], x[2]}, {x[3], x[4], x[5]}, {x[6], x[7], 1}}
	right := [3][3]float64{{nf.A, nf.B, nf.C}, {nf.D, nf.E, nf.F}, {0, 0, 1}}
	f := times(times(left, mid), right)
	if f[2][2] == 0 {
		return h, false
	}
	for i := range h {
		h[i] = f[i/3][i%3] / f[2][2]
	}
	return h, true
}

func times(a, b [3][3]float64) (c [3][3]float64) {
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				c[i][j] += a[i][k] * b[k][j]
			}
		}
	}
	return c
}

// normaliser is the map that brings points to mean zero and size one.
func normaliser(points []raster.Point) raster.Affine {
	n := float64(len(points))
	var x, y, size float64
	for _, p := range points {
		x, y = x+p.X/n, y+p.Y/n
	}
	for _, p := range points {
		size += math.Hypot(p.X-x, p.Y-y) / n
	}
	s := 1 / max(1e-9, size)
	return raster.Affine{A: s, C: -s * x, E: s, F: -s * y}
}

// solve is Gauss's elimination with pivots on an 8×8 system.
func solve(m [8][9]float64) (x [8]float64, ok bool) {
	for c := range 8 {
		pivot := c
		for r := c + 1; r < 8; r++ {
			if math.Abs(m[r][c]) > math.Abs(m[pivot][c]) {
				pivot = r
			}
		}
		m[c], m[pivot] = m[pivot], m[c]
		if math.Abs(m[c][c]) < 1e-12 {
			return x, false
		}
		for r := range 8 {
			if r == c {
				continue
			}
			k := m[r][c] / m[c][c]
			for j := c; j < 9; j++ {
				m[r][j] -= k * m[c][j]
			}
		}
	}
	for i := range x {
		x[i] = m[i][8] / m[i][i]
	}
	return x, true
}

// stillness is how much the aligned face changes over the frames that are held
// like the neutral: the median difference to their mean, in grey levels, each
// picture smoothed and brought to the same light. A living face changes even
// when it is asked for nothing; a still that is moved about does not. It is 0
// where too few frames are held so.
func stillness(looks []*look.Look, signals []signal) float64 {
	var faces [][]float64
	for i, s := range signals {
		if s.seen && math.Abs(s.turn()) < 8 && math.Abs(s.tilt()) < 6 {
			faces = append(faces, smooth(looks[i].Face))
		}
	}
	if len(faces) < 6 {
		return 0
	}
	mean := make([]float64, len(faces[0]))
	for _, f := range faces {
		for i, v := range f {
			mean[i] += v / float64(len(faces))
		}
	}
	var each []float64
	for _, f := range faces {
		var sum float64
		for i, v := range f {
			sum += math.Abs(v - mean[i])
		}
		each = append(each, sum/float64(len(f)))
	}
	return Quantile(each, 0.5)
}

// smooth shrinks the middle of a 112×112 crop to 18×18 means of 4×4 pixels, at
// mean 0 and spread 40.
func smooth(crop []uint8) []float64 {
	const cells, cell, margin = 18, 4, 20
	out := make([]float64, cells*cells)
	var mean, square float64
	for i := range out {
		x0, y0 := margin+cell*(i%cells), margin+cell*(i/cells)
		var sum int
		for y := y0; y < y0+cell; y++ {
			for x := x0; x < x0+cell; x++ {
				sum += int(crop[3*(y*look.FeatureSize+x)+1])
			}
		}
		out[i] = float64(sum) / (cell * cell)
		mean += out[i] / float64(len(out))
	}
	for _, v := range out {
		square += (v - mean) * (v - mean) / float64(len(out))
	}
	scale := 40 / max(1, math.Sqrt(square))
	for i := range out {
		out[i] = (out[i] - mean) * scale
	}
	return out
}

// Relief compares the landmarks of the neutral with those at the top of every
// asked turn. A plane, however it is held, moves them by a homography; a head
// does not.
func (s *Sequence) Relief() Refusal {
	first, _ := s.Ends()
	base := &first[len(first)-1].Mesh
	for _, step := range s.Steps {
		if !step.Action.Turn() {
			continue
		}
		top := step.Start
		for i := step.Start; i <= step.End; i++ {
			if s.signals[i].seen && math.Abs(s.signals[i].turn()) > math.Abs(s.signals[top].turn()) {
				top = i
			}
		}
		r := planeResidual(base, &s.Looks[top].Mesh)
		s.Numbers["relief_"+string(step.Action)] = r
		if r < minRelief {
			return Refusal{FlatSurface, look.HintRetry, step.Action}
		}
	}
	if still := stillness(s.Looks, s.signals); still > 0 {
		s.Numbers["still_texture"] = still
		if still < minTexture {
			return Refusal{Reason: FlatSurface, Hint: look.HintRetry}
		}
	}
	return Refusal{}
}
