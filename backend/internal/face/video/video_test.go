package video_test

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"os/exec"
	"path/filepath"
	"testing"

	"realname.example/backend/internal/face/video"
)

// Small videos are scaled up to what a phone sends, large ones down to what a
// frame may have, and the others are left as they are.
func TestFramesHaveTheSizeThatPhonesSend(t *testing.T) {
	for size, want := range map[string]string{
		"360x288": "640x512", "640x480": "640x480", "1280x720": "1280x720", "4000x3000": "1310x982", "1080x1920": "850x1512",
	} {
		file := filepath.Join(t.TempDir(), "video.mp4")
		test := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size="+size+":rate=5:duration=1", file)
		if out, err := test.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		clip, err := video.Open(t.Context(), file, 5)
		if err != nil || len(clip.Frames) != 5 {
			t.Fatalf("%s: %d frames, %v", size, len(clip.Frames), err)
		}
		got, err := jpeg.DecodeConfig(bytes.NewReader(clip.Frames[0]))
		if is := fmt.Sprintf("%dx%d", got.Width, got.Height); err != nil || is != want {
			t.Errorf("%s became %s, not %s, %v", size, is, want, err)
		}
	}
}
