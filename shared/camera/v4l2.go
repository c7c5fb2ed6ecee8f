package camera

import (
	"fmt"
	"math"
)

// The pixel formats that are read from a V4L2 camera, by their four letters
// (linux/videodev2.h), best first: uncompressed costs the least time.
var v4l2Formats = []uint32{
	fourCC("YUYV"), fourCC("NV12"), fourCC("NV21"), fourCC("MJPG"), fourCC("JPEG"),
}

func fourCC(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// mode is one picture format and size that a camera offers.
type mode struct {
	format uint32
	w, h   int
}

// nearestMode picks the size nearest to w × h, then the best format. Cameras
// give large uncompressed pictures slowly, so MJPEG goes first above 640 × 480.
func nearestMode(offers []mode, w, h int) (mode, bool) {
	best, cost := mode{}, math.Inf(1)
	for _, m := range offers {
		rank := -1
		for i, f := range v4l2Formats {
			if f == m.format {
				rank = i
			}
		}
		if rank < 0 || checkSize(m.w, m.h) != nil {
			continue
		}
		if compressed := rank >= 3; compressed == (m.w*m.h <= 640*480) {
			rank += len(v4l2Formats)
		}
		distance := math.Abs(math.Log(float64(m.w)/float64(w))) + math.Abs(math.Log(float64(m.h)/float64(h)))
		if c := distance + float64(rank)*1e-6; c < cost {
			best, cost = m, c
		}
	}
	return best, !math.IsInf(cost, 1)
}

// convert fills f from a camera's buffer. V4L2 pads rows, and the buffer's
// length tells by how much.
func (m mode) convert(f *Frame, buf []byte) error {
	switch m.format {
	case fourCC("YUYV"):
		return fromYUYV(f, buf, m.w, m.h, len(buf)/m.h)
	case fourCC("NV12"), fourCC("NV21"):
		return fromNV12(f, buf, m.w, m.h, len(buf)/(m.h+(m.h+1)/2), m.format == fourCC("NV21"))
	case fourCC("MJPG"), fourCC("JPEG"):
		return fromJPEG(f, buf)
	}
	return fmt.Errorf("pixel format %#x: %w", m.format, ErrUnsupported)
}
