//go:build !race

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// recordingsFolder is where set-up puts the recordings.
var recordingsFolder = filepath.Join("..", "..", "build", "recordings")

// film is a person before a fake camera: a file of one picture that Chromium
// plays as its camera, over and over, and that is written anew for every picture
// of a recording. The person looks ahead, and does what they are asked to once,
// by the part that shows it.
type film struct {
	path     string
	pictures [][]byte // Y4M files
	passages map[string][][2]int
	ask      chan string
}

// filmRate is the rate of the recordings, in pictures a second.
const filmRate = 15

// openRecording reads a recording of set-up, or skips the test without set-up:
// its pictures as JPEG, and its passages by what they show, [first, end).
func openRecording(t testing.TB, name string) (pictures [][]byte, passages map[string][][2]int) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(recordingsFolder, name+".mjpeg"))
	if err != nil {
		t.Skip("needs the recordings of set-up: make setup")
	}
	document, err := os.ReadFile(filepath.Join(recordingsFolder, name+".mjpeg.json"))
	if err == nil {
		err = json.Unmarshal(document, &passages)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, picture := range bytes.SplitAfter(data, []byte{0xff, 0xd9}) { // end of image
		if len(picture) > 0 {
			pictures = append(pictures, picture)
		}
	}
	return pictures, passages
}

// openFilm opens a recording of set-up, or skips the test without set-up.
func openFilm(t testing.TB, name string) *film {
	t.Helper()
	pictures, passages := openRecording(t, name)
	f := &film{path: filepath.Join(t.TempDir(), "camera.y4m"), passages: passages, ask: make(chan string, 1)}
	for _, picture := range pictures {
		f.pictures = append(f.pictures, y4m(t, picture))
	}
	if err := os.WriteFile(f.path, f.pictures[0], 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(f.path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.run(ctx, file) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		_ = file.Close()
	})
	return f
}

// y4m makes a video of one picture. What is raw may be read while it is being
// written: half of two pictures that follow one another is a picture too.
func y4m(t testing.TB, data []byte) []byte {
	t.Helper()
	decoded, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	img, ok := decoded.(*image.YCbCr)
	if !ok || img.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		t.Fatalf("a picture of the recording is %T", decoded)
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := fmt.Appendf(nil, "YUV4MPEG2 W%d H%d F30:1 Ip A1:1 C420mpeg2\nFRAME\n", w, h)
	// A video has 219 levels of light and 224 of colour where a JPEG has 255.
	for y := range h {
		for _, v := range img.Y[y*img.YStride : y*img.YStride+w] {
			out = append(out, byte(16+int(v)*219/255))
		}
	}
	for _, plane := range [][]byte{img.Cb, img.Cr} {
		for y := range (h + 1) / 2 {
			for _, v := range plane[y*img.CStride : y*img.CStride+(w+1)/2] {
				out = append(out, byte(128+(int(v)-128)*224/255))
			}
		}
	}
	return out
}

// run shows the pictures until ctx ends.
func (f *film) run(ctx context.Context, file *os.File) error {
	tick := time.NewTicker(time.Second / filmRate)
	defer tick.Stop()
	var ahead []int
	for _, p := range f.passages["neutral"] {
		for i := p[0]; i < p[1]; i++ {
			ahead = append(ahead, i)
		}
	}
	var asked []int
	for next := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case name := <-f.ask:
			asked = nil
			for _, p := range f.passages[name] {
				for i := p[0]; i < p[1]; i++ {
					asked = append(asked, i)
				}
			}
		case <-tick.C:
			show := ahead[next%len(ahead)]
			if len(asked) > 0 {
				show, asked = asked[0], asked[1:]
			} else {
				next++
			}
			if _, err := file.WriteAt(f.pictures[show], 0); err != nil {
				return err
			}
		}
	}
}
