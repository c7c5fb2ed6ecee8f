// Package video turns a recording, or a folder of pictures, into JPEG frames
// with times, for the command-line tools and the tests.
//
// It runs ffmpeg for videos. The server never uses it: a phone sends single
// frames.
package video

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ErrNoFFmpeg means that a video was given and ffmpeg is not installed.
var ErrNoFFmpeg = errors.New("ffmpeg is needed to read a video: install the package ffmpeg, or give a folder of pictures")

// Clip is frames at a steady rate.
type Clip struct {
	Frames [][]byte // JPEG
	Rate   int      // frames a second
}

// At is the time of the i-th frame.
func (c Clip) At(i int) time.Duration {
	return time.Duration(i) * time.Second / time.Duration(c.Rate)
}

// Index is the frame shown at a time.
func (c Clip) Index(at time.Duration) int {
	i := int((at*time.Duration(c.Rate) + time.Second/2) / time.Second)
	return max(0, min(i, len(c.Frames)-1))
}

// minWidth is the width to which smaller videos are scaled up: what a phone
// sends.
const minWidth = 640

// maxPixels is what a frame of a larger one is scaled down to, whatever its
// shape: a little less than raster.Frame takes.
const maxPixels = 1_290_000

// Open reads a video file through ffmpeg, or the .jpg files of a folder in the
// order of their names, at rate frames a second.
func Open(ctx context.Context, path string, rate int) (Clip, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Clip{}, err
	}
	if rate < 1 || rate > 60 {
		return Clip{}, fmt.Errorf("%d frames a second is not between 1 and 60", rate)
	}
	if info.IsDir() {
		return openFolder(path, rate)
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		return Clip{}, ErrNoFFmpeg
	}
	dir, err := os.MkdirTemp("", "realname-frames-*")
	if err != nil {
		return Clip{}, err
	}
	defer os.RemoveAll(dir)
	filter := fmt.Sprintf("fps=%d,scale='trunc(min(max(iw,%d),sqrt(%d*iw/ih))/2)*2':-2", rate, minWidth, maxPixels)
	cmd := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-v", "error", "-i", path, "-vf", filter, "-q:v", "3", filepath.Join(dir, "%06d.jpg"))
	var says bytes.Buffer
	cmd.Stderr = &says
	if err := cmd.Run(); err != nil {
		return Clip{}, fmt.Errorf("read the video %s: %w: %s", path, err, strings.TrimSpace(says.String()))
	}
	return openFolder(dir, rate)
}

func openFolder(dir string, rate int) (Clip, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return Clip{}, err
	}
	var names []string
	for _, e := range entries {
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".jpg", ".jpeg":
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	clip := Clip{Rate: rate}
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return Clip{}, err
		}
		clip.Frames = append(clip.Frames, data)
	}
	if len(clip.Frames) == 0 {
		return Clip{}, fmt.Errorf("%s holds no .jpg pictures", dir)
	}
	return clip, nil
}
