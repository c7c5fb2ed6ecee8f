//go:build js || (linux && !android)

package camera_test

import "image/color"

// scene has the colours that stand before the browser's fake camera: top left, top right,
// bottom left, bottom right.
var scene = [4]color.RGBA{
	{R: 210, G: 40, B: 40, A: 255},
	{R: 40, G: 170, B: 40, A: 255},
	{R: 40, G: 40, B: 210, A: 255},
	{R: 210, G: 210, B: 210, A: 255},
}
