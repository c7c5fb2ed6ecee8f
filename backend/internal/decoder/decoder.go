// Package decoder brings pictures of an operator's own into a form that the face
// engine takes. Forms that Go does not read, those of phones, of passports and of old
// archives, are read by programs: HEIC and AVIF by heif-convert, JPEG 2000 by
// opj_decompress, and by djpeg the kinds of JPEG that image/jpeg refuses.
//
// They are programs of the system, since decoders of these forms are large, are
// written in C, and two of them carry licences that our archive does not
// (docs/decisions.md). Each runs in a process of its own, with limits, with no
// part of our environment, and sees the one picture in a folder that is removed.
// It is for files that operators name.
package decoder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"realname.example/backend/internal/face/raster"
)

// limit is how long one picture may take, on a busy machine too: a heif-convert
// of 48 MP takes some 10 s of one core.
const limit = time.Minute

// Why a picture is refused.
var (
	ErrDamaged = errors.New("the picture is damaged or cut short")
	ErrSlow    = errors.New("the picture takes too long to decode")
	// ErrForm is of a JPEG that nothing here reads: 12 bits a sample, or without loss.
	ErrForm = errors.New("a form of JPEG that nothing here reads: save it as a JPEG of 8 bits a sample")
)

// MissingError says which program reads such a picture.
type MissingError struct{ Format, Program, Package string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is read by the program %s, which is not here: install it (Debian's %s), or save the picture as JPEG",
		e.Format, e.Program, e.Package)
}

// SeveralError is for a file with more than one picture, of which nobody can
// say which is meant.
type SeveralError struct{ Count int }

func (e *SeveralError) Error() string {
	return fmt.Sprintf("the file holds %d pictures: save the one that is meant by itself", e.Count)
}

// format is one that a program reads.
type format struct {
	name, ending  string
	program, pack string
	matches       func([]byte) bool
	arguments     func(in, out string) []string
	out           string             // the file that the program is to write
	size          func([]byte) error // refuses by the header, where that is ours to read; or nil
}

const (
	outPNG = "out.png"
	outBMP = "out.bmp"
)

var formats = []format{
	{
		name: "HEIC", ending: ".heic", program: "heif-convert", pack: "libheif-examples", matches: branded("heic", "heix", "heim", "heis", "mif1", "msf1"),
		arguments: heif, out: outPNG,
	},
	{
		name: "AVIF", ending: ".avif", program: "heif-convert", pack: "libheif-examples", matches: branded("avif", "avis"),
		arguments: heif, out: outPNG,
	},
	{
		name: "JPEG 2000", ending: ".jp2", program: "opj_decompress", pack: "libopenjp2-tools", matches: begins("\x00\x00\x00\x0cjP  \r\n\x87\n"),
		arguments: openJPEG, out: outPNG,
	},
	{
		name: "JPEG 2000", ending: ".j2k", program: "opj_decompress", pack: "libopenjp2-tools", matches: begins("\xff\x4f\xff\x51"),
		arguments: openJPEG, out: outPNG,
	},
	{
		name: "this form of JPEG", ending: ".jpg", program: "djpeg", pack: "libjpeg-turbo-progs", matches: refusedJPEG,
		arguments: turboJPEG, out: outBMP, size: raster.Own.FrameSize,
	},
}

func heif(in, out string) []string { return []string{in, out} }

func openJPEG(in, out string) []string { return []string{"-i", in, "-o", out} }

// turboJPEG takes no more scans than our own decoder does.
func turboJPEG(in, out string) []string {
	return []string{"-bmp", "-maxscans", "20", "-outfile", out, in}
}

// refusedJPEG matches what image/jpeg says by its header that it does not read: CMYK
// with fewer colours than brightness, arithmetic coding, rare samplings, 12 bits.
func refusedJPEG(data []byte) bool {
	if !bytes.HasPrefix(data, []byte("\xff\xd8\xff")) {
		return false
	}
	_, err := jpeg.DecodeConfig(bytes.NewReader(data))
	var refused jpeg.UnsupportedError
	return errors.As(err, &refused)
}

func begins(magic string) func([]byte) bool {
	return func(data []byte) bool { return bytes.HasPrefix(data, []byte(magic)) }
}

// branded matches by the major brand of an ISO base media file (ISO/IEC
// 14496-12, 4.3).
func branded(brands ...string) func([]byte) bool {
	return func(data []byte) bool {
		if len(data) < 12 || string(data[4:8]) != "ftyp" {
			return false
		}
		for _, b := range brands {
			if string(data[8:12]) == b {
				return true
			}
		}
		return false
	}
}

// Plain returns a picture in a form and a size that the face engine takes, upright;
// one that it takes already comes back as it is. The error is ErrDamaged or ErrForm
// with what the program says, ErrSlow, a MissingError, a SeveralError, one of
// raster.Plain's, or ctx's.
func Plain(ctx context.Context, picture []byte) ([]byte, error) {
	for _, f := range formats {
		if !f.matches(picture) {
			continue
		}
		decoded, err := f.decode(ctx, picture)
		if err != nil {
			return nil, err
		}
		// How HEIF's pixels lie, its own properties say, and heif-convert turns them so;
		// the EXIF that it writes beside them speaks of before.
		return raster.Plain(ctx, decoded, raster.Orientation(picture))
	}
	return raster.Plain(ctx, picture, raster.Orientation(picture))
}

func (f format) decode(ctx context.Context, data []byte) (decoded []byte, err error) {
	if f.size != nil {
		if err := f.size(data); err != nil {
			return nil, err
		}
	}
	program, err := exec.LookPath(f.program)
	if err != nil {
		return nil, &MissingError{f.name, f.program, f.pack}
	}
	dir, err := os.MkdirTemp("", "realname-picture-")
	if err != nil {
		return nil, fmt.Errorf("decode picture: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	in, out := filepath.Join(dir, "in"+f.ending), filepath.Join(dir, f.out)
	if err := os.WriteFile(in, data, 0o600); err != nil {
		return nil, fmt.Errorf("decode picture: %w", err)
	}
	if err := run(ctx, dir, program, f.arguments(in, out)...); err != nil {
		return nil, err
	}
	return result(dir, out)
}

// run runs a program in a folder, without our environment, which has secrets.
func run(ctx context.Context, dir, program string, arguments ...string) error {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	line := bounded(program, arguments)
	cmd := exec.CommandContext(limited, line[0], line[1:]...)
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		return ErrSlow
	case err != nil:
		first, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n")
		kind := ErrDamaged
		if strings.HasPrefix(first, "Unsupported JPEG") {
			kind = ErrForm
		}
		return fmt.Errorf("%w (%w: %s)", kind, err, first)
	}
	return nil
}

// result reads what a program wrote, where its header says no more than is taken:
// it may have 512 MB.
func result(dir, out string) ([]byte, error) {
	if n := numbered(dir); n > 0 {
		return nil, &SeveralError{n}
	}
	written, err := os.Open(out)
	if err != nil {
		return nil, ErrDamaged
	}
	err = raster.Own.Size(written)
	if err := errors.Join(err, written.Close()); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(out)
	if err != nil {
		return nil, ErrDamaged
	}
	return data, nil
}

// numbered counts the files out-1.png, out-2.png and so on, which heif-convert
// writes where a file holds more than one picture; what belongs to a picture,
// such as a phone's depth and mattes, has a word there.
func numbered(dir string) (n int) {
	for ; ; n++ {
		if _, err := os.Stat(filepath.Join(dir, fmt.Sprintf("out-%d.png", n+1))); err != nil {
			return n
		}
	}
}
