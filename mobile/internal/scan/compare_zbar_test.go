//go:build zbar

package scan

import (
	"image"

	"realname.example/mobile/internal/scan/internal/zbar"
)

// zbarReaders adds the C library to the comparison.
func zbarReaders() []reader {
	s := zbar.New()
	return []reader{{"zbar", func() func(*image.Gray) (string, bool) {
		return func(img *image.Gray) (string, bool) { return s.Scan(img) }
	}}}
}
