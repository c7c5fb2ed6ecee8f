package look

import (
	"math"

	"realname.example/backend/internal/face/raster"
)

// What the network takes, in pixels a side, and gives.
const (
	meshSize   = 192
	MeshPoints = 468
)

// Numbers of points in the mesh, by MediaPipe's published map. "Screen" sides
// are as seen in the picture: the person's right eye is on the screen's left.
const (
	pointForehead   = 10
	pointChin       = 152
	pointNose       = 1 // tip
	pointNoseBase   = 2
	pointMouthLeft  = 61 // screen
	pointMouthRight = 291
	pointLipUpper   = 13 // inner
	pointLipLower   = 14
	pointLipLeft    = 78
	pointLipRight   = 308
	pointLeftOuter  = 33 // screen-left eye
	pointLeftInner  = 133
	pointRightInner = 362
	pointRightOuter = 263
)

// Pairs of upper and lower lid points of each eye.
var (
	lidsLeft  = [3][2]int{{159, 145}, {158, 153}, {160, 144}}
	lidsRight = [3][2]int{{386, 374}, {385, 380}, {387, 373}}
)

// Landmark is a landmark: pixels of the picture, z towards the back in the same
// unit.
type Landmark struct{ X, Y, Z float64 }

// Mesh is the 468 landmarks of a face and how sure the network is (before the
// sigmoid; above 0 a face is there).
type Mesh struct {
	Points [MeshPoints]Landmark
	score  float64
}

// Flat is where a landmark lies in the picture.
func (m *Mesh) Flat(i int) raster.Point { return raster.Point{X: m.Points[i].X, Y: m.Points[i].Y} }

// trace places the mesh on a face: once on the detector's box, and once more on
// the upright square that the first landmarks give.
func (w *Worker) trace(b Box) (*Mesh, error) {
	c := b.Centre()
	m, err := w.meshAt(c, 1.5*max(b.Width(), b.height()), 0)
	if err != nil {
		return nil, err
	}
	centre, side, angle := m.frame()
	return w.meshAt(centre, 1.5*side, angle)
}

func (w *Worker) meshAt(centre raster.Point, side, angle float64) (*Mesh, error) {
	view := raster.Square(centre, side, angle, meshSize)
	w.Picture.Cut(w.patch, meshSize, meshSize, view, 0)
	scaleMesh.fill(w.mesh.Input(), w.patch, meshSize, meshSize, false)
	if err := w.mesh.Run(); err != nil {
		return nil, err
	}
	out := w.mesh.Output(0)
	m := &Mesh{score: float64(w.mesh.Output(1)[0])}
	scale := side / meshSize
	for i := range m.Points {
		p := view.Apply(raster.Point{X: float64(out[3*i]), Y: float64(out[3*i+1])})
		m.Points[i] = Landmark{p.X, p.Y, float64(out[3*i+2]) * scale}
	}
	return m, nil
}

// frame returns the centre, side and turn of the square around the face, along
// the line of the eyes.
func (m *Mesh) frame() (centre raster.Point, side, angle float64) {
	a, b := m.Flat(pointLeftOuter), m.Flat(pointRightOuter)
	angle = math.Atan2(b.Y-a.Y, b.X-a.X)
	sin, cos := math.Sincos(angle)
	minU, maxU, minV, maxV := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, p := range m.Points {
		u, v := p.X*cos+p.Y*sin, p.Y*cos-p.X*sin
		minU, maxU = min(minU, u), max(maxU, u)
		minV, maxV = min(minV, v), max(maxV, v)
	}
	u, v := (minU+maxU)/2, (minV+maxV)/2
	return raster.Point{X: u*cos - v*sin, Y: u*sin + v*cos}, max(maxU-minU, maxV-minV), angle
}

// angles returns yaw, pitch and roll in degrees from the landmarks' depth:
// yaw > 0 to the person's left, pitch > 0 up, roll > 0 clockwise on the screen.
func (m *Mesh) angles() (yaw, pitch, roll float64) {
	right := sub(m.Points[pointRightOuter], m.Points[pointLeftOuter])
	down := sub(m.Points[pointChin], m.Points[pointForehead])
	n := cross(right, down) // points away from the camera
	yaw = degrees(math.Atan2(-n.X, n.Z))
	pitch = degrees(math.Atan2(n.Y, math.Hypot(n.X, n.Z)))
	roll = degrees(math.Atan2(right.Y, right.X))
	return yaw, pitch, roll
}

// mouth is the gap between the lips over the width of the mouth: about 0.01
// closed, above 0.5 wide open.
func (m *Mesh) mouth() float64 {
	return m.distance(pointLipUpper, pointLipLower) / max(1e-6, m.distance(pointLipLeft, pointLipRight))
}

// eyes is the opening of the two eyes over their width, the mean of both.
func (m *Mesh) eyes() float64 {
	one := func(lids [3][2]int, a, b int) float64 {
		var sum float64
		for _, l := range lids {
			sum += m.distance(l[0], l[1])
		}
		return sum / 3 / max(1e-6, m.distance(a, b))
	}
	return (one(lidsLeft, pointLeftOuter, pointLeftInner) + one(lidsRight, pointRightInner, pointRightOuter)) / 2
}

// EyeDistance is the distance of the two eyes' centres in pixels.
func (m *Mesh) EyeDistance() float64 {
	a, b := m.eyeCentres()
	return math.Hypot(b.X-a.X, b.Y-a.Y)
}

func (m *Mesh) eyeCentres() (left, right raster.Point) {
	mid := func(i, j int) raster.Point {
		return raster.Point{X: (m.Points[i].X + m.Points[j].X) / 2, Y: (m.Points[i].Y + m.Points[j].Y) / 2}
	}
	return mid(pointLeftOuter, pointLeftInner), mid(pointRightInner, pointRightOuter)
}

func (m *Mesh) distance(i, j int) float64 {
	d := sub(m.Points[i], m.Points[j])
	return math.Sqrt(d.X*d.X + d.Y*d.Y + d.Z*d.Z)
}

func sub(a, b Landmark) Landmark { return Landmark{a.X - b.X, a.Y - b.Y, a.Z - b.Z} }

func cross(a, b Landmark) Landmark {
	return Landmark{a.Y*b.Z - a.Z*b.Y, a.Z*b.X - a.X*b.Z, a.X*b.Y - a.Y*b.X}
}
