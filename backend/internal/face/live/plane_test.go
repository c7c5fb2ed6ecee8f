package live

import (
	"math"
	"testing"

	"realname.example/backend/internal/face/look"
)

func TestAPlaneLeavesNoReliefAndAHeadDoes(t *testing.T) {
	var flat, head, tilted, turned look.Mesh
	sin, cos := math.Sincos(20 * math.Pi / 180)
	for i := range look.MeshPoints {
		u, v := math.Mod(float64(i)*0.618, 1)*2-1, float64(i)/look.MeshPoints*2-1
		z := -60 * math.Sqrt(max(0, 1-u*u/1.3-v*v/1.3))
		x, y := 100*u, 120*v
		flat.Points[i], head.Points[i] = look.Landmark{X: x, Y: y}, look.Landmark{X: x, Y: y}
		f := 600 / (600 + x*sin)
		tilted.Points[i] = look.Landmark{X: x * cos * f, Y: y * f}
		turned.Points[i] = look.Landmark{X: x*cos - z*sin, Y: y}
	}
	if r := planeResidual(&flat, &tilted); r > minRelief/3 {
		t.Errorf("a tilted plane leaves %.3f", r)
	}
	if r := planeResidual(&head, &turned); r < minRelief {
		t.Errorf("a turned head leaves only %.3f", r)
	}
}
