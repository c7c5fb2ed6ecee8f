package camera

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // pictures of a folder
	_ "image/png"  // pictures of a folder
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// recording is a sequence of pictures with a rate.
type recording struct {
	count    int
	fps      float64
	read     func(i int, f *Frame) error
	segments map[string]passages
}

// defaultRate is for recordings that do not carry one: folders and MJPEG.
const defaultRate = 15

// loadRecording opens a folder of .png and .jpg pictures (in the order of
// their names), an MJPEG file (.mjpeg, .mjpg) or a Y4M file (.y4m), and the
// segments file beside it: path + ".json", see parseSegments.
func loadRecording(path string) (*recording, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	var rec *recording
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case info.IsDir():
		rec, err = loadFolder(path)
	case ext == ".mjpeg" || ext == ".mjpg" || ext == ".y4m":
		var data []byte
		if data, err = os.ReadFile(path); err != nil {
			break
		}
		if ext == ".y4m" {
			rec, err = parseY4M(data)
		} else {
			rec, err = parseMJPEG(data)
		}
	default:
		err = errors.New("neither a folder nor .mjpeg nor .y4m")
	}
	if err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	if data, err := os.ReadFile(path + ".json"); err == nil {
		if rec.segments, err = parseSegments(data, rec.count); err != nil {
			return nil, fmt.Errorf("open segments: %w", err)
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open segments: %w", err)
	}
	return rec, nil
}

// passages are the parts of a recording that show one thing, the best first, as
// [first, end) frame numbers; in JSON one pair, or a list of pairs.
type passages [][2]int

// UnmarshalJSON implements json.Unmarshaler.
func (p *passages) UnmarshalJSON(data []byte) error {
	var one []int
	var several [][]int
	if json.Unmarshal(data, &one) == nil && len(one) > 0 {
		several = [][]int{one}
	} else if err := json.Unmarshal(data, &several); err != nil {
		return err
	}
	for _, r := range several {
		if len(r) != 2 || r[0] < 0 || r[0] >= r[1] {
			return fmt.Errorf("%v is not a passage", r)
		}
		*p = append(*p, [2]int{r[0], r[1]})
	}
	return nil
}

// parseSegments reads {"name": [first, end], ...} for a recording of count
// frames.
func parseSegments(data []byte, count int) (map[string]passages, error) {
	var out map[string]passages
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("read json: %w", err)
	}
	for name, list := range out {
		if len(list) == 0 {
			return nil, fmt.Errorf("segment %q has no passage", name)
		}
		for _, r := range list {
			if r[1] > count {
				return nil, fmt.Errorf("segment %q: %v is not a part of %d frames", name, r, count)
			}
		}
	}
	return out, nil
}

func loadFolder(dir string) (*recording, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if ext := strings.ToLower(filepath.Ext(e.Name())); slices.Contains([]string{".png", ".jpg", ".jpeg"}, ext) {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	if len(names) == 0 {
		return nil, errors.New("no pictures in the folder")
	}
	return &recording{count: len(names), fps: defaultRate, read: func(i int, f *Frame) error {
		data, err := os.ReadFile(names[i])
		if err != nil {
			return err
		}
		img, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			return fmt.Errorf("decode picture: %w", err)
		}
		return fromImage(f, img)
	}}, nil
}

// parseMJPEG finds the pictures of a file of JPEGs one after another.
func parseMJPEG(data []byte) (*recording, error) {
	var frames [][]byte
	for len(data) > 0 {
		n := jpegLength(data)
		if n == 0 {
			break // a cut last picture, as a killed recorder leaves it
		}
		frames = append(frames, data[:n])
		data = data[n:]
	}
	if len(frames) == 0 {
		return nil, errors.New("no JPEG picture in the file")
	}
	return &recording{count: len(frames), fps: defaultRate, read: func(i int, f *Frame) error {
		return fromJPEG(f, frames[i])
	}}, nil
}

// jpegLength returns how many bytes the JPEG at the start of data has, or 0 if
// there is none whole. It walks the markers (ITU-T T.81, annex B), so that a
// thumbnail inside a segment does not end the picture.
func jpegLength(data []byte) int {
	if len(data) < 4 || data[0] != 0xff || data[1] != 0xd8 {
		return 0
	}
	for i := 2; i+1 < len(data); {
		if data[i] != 0xff {
			return 0
		}
		switch m := data[i+1]; {
		case m == 0xff: // fill byte
			i++
		case m == 0xd9: // end of image
			return i + 2
		case m == 0x01 || m >= 0xd0 && m <= 0xd7: // markers without a segment
			i += 2
		default:
			if i+3 >= len(data) {
				return 0
			}
			i += 2 + int(data[i+2])<<8 + int(data[i+3])
			if m == 0xda { // start of scan: entropy-coded bytes up to a marker
				i = scanEnd(data, i)
			}
		}
	}
	return 0
}

// scanEnd returns where the next marker other than a restart begins.
func scanEnd(data []byte, i int) int {
	for ; i+1 < len(data); i++ {
		if data[i] == 0xff && data[i+1] != 0 && (data[i+1] < 0xd0 || data[i+1] > 0xd7) {
			return i
		}
	}
	return len(data)
}

// parseY4M reads a YUV4MPEG2 file of 4:2:0 or grey frames.
func parseY4M(data []byte) (*recording, error) {
	line, body, ok := bytes.Cut(data, []byte("\n"))
	fields := strings.Fields(string(line))
	if !ok || len(fields) == 0 || fields[0] != "YUV4MPEG2" {
		return nil, errors.New("no YUV4MPEG2 header")
	}
	w, h, rate, mono, err := y4mFields(fields[1:])
	if err != nil {
		return nil, err
	}
	if err := checkSize(w, h); err != nil {
		return nil, err
	}
	frames, err := splitY4M(body, w, h, mono)
	if err != nil {
		return nil, err
	}
	return &recording{count: len(frames), fps: rate, read: func(i int, f *Frame) error {
		f.resize(w, h)
		rest := frames[i]
		copy(f.Y, rest)
		if mono {
			for k := range f.U {
				f.U[k], f.V[k] = 128, 128
			}
			return nil
		}
		copy(f.U, rest[w*h:])
		copy(f.V, rest[w*h+len(f.U):])
		return nil
	}}, nil
}

// y4mFields reads a header: width, height, frames a second, and whether it has no colour.
func y4mFields(fields []string) (w, h int, rate float64, mono bool, err error) {
	rate = defaultRate
	for _, field := range fields {
		value := field[1:]
		switch field[0] {
		case 'W':
			w, _ = strconv.Atoi(value) // a bad number fails the size check
		case 'H':
			h, _ = strconv.Atoi(value)
		case 'F':
			if rate = ratio(value); rate == 0 {
				return w, h, rate, mono, fmt.Errorf("frame rate %q", value)
			}
		case 'C':
			mono = value == "mono"
			if !mono && value != "420" && value != "420jpeg" && value != "420mpeg2" && value != "420paldv" {
				return w, h, rate, mono, fmt.Errorf("colour space %q is not 4:2:0", value)
			}
		}
	}
	return w, h, rate, mono, nil
}

func splitY4M(body []byte, w, h int, mono bool) ([][]byte, error) {
	size := w * h
	if !mono {
		size += 2 * ((w + 1) / 2) * ((h + 1) / 2)
	}
	var frames [][]byte
	for bytes.HasPrefix(body, []byte("FRAME")) {
		_, rest, ok := bytes.Cut(body, []byte("\n"))
		if !ok || len(rest) < size {
			break // a cut last frame
		}
		frames = append(frames, rest[:size])
		body = rest[size:]
	}
	if len(frames) == 0 {
		return nil, errors.New("no whole frame in the file")
	}
	return frames, nil
}

// ratio reads "30:1"; 0 means that it is no rate between 1 and 240.
func ratio(s string) float64 {
	num, den, _ := strings.Cut(s, ":")
	n, err1 := strconv.Atoi(num)
	d, err2 := strconv.Atoi(den)
	if err1 != nil || err2 != nil || d <= 0 || n < d || n/d > 240 {
		return 0
	}
	return float64(n) / float64(d)
}
