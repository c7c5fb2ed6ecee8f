package facecmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/look"
)

// sample is one picture of a person in which a face was found.
type sample struct {
	person   int // number of the person
	template face.Template
	portrait *face.Template // of the picture made into a portrait, where one is asked for
}

// collection is what a folder per person holds.
type collection struct {
	people  int
	samples []sample
	failed  int // pictures without a face, or that cannot be read
}

// maxPicture is the largest file that is read as a picture, in bytes.
const maxPicture = 32 << 20

// readPeople makes templates of the pictures in a folder per person, as they are and
// as a portrait of some form. What is left out, and why, is told to said.
func readPeople(ctx context.Context, said io.Writer, engine *face.Engine, root string, as form) (collection, error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return collection{}, err
	}
	var c collection
	for _, e := range entries {
		folder := filepath.Join(root, e.Name())
		info, err := os.Stat(folder) // follows a link
		switch {
		case hidden(e.Name()):
			continue
		case err != nil:
			warn(said, root, folder, err)
			continue
		case !info.IsDir():
			warn(said, root, folder, errNoFolder)
			continue
		}
		person := c.people
		c.people++
		found := 0
		err = eachPicture(folder, nil, func(path string, data []byte, err error) error {
			found++
			s := sample{person: person}
			if err == nil {
				s.template, err = engine.Template(ctx, data)
			}
			if err == nil && as.asked() {
				s.portrait, err = as.portrait(ctx, engine, data, s.template.Eyes)
			}
			var input *look.InputError
			switch {
			case err == nil:
				c.samples = append(c.samples, s)
			case errors.As(err, &input), errors.Is(err, errTooLong), errors.Is(err, os.ErrPermission), errors.Is(err, os.ErrNotExist):
				c.failed++
				warn(said, root, path, err)
			default:
				return err
			}
			return nil
		})
		if err != nil {
			return collection{}, err
		}
		if found == 0 {
			warn(said, root, folder, errNoPictures)
		}
	}
	return c, nil
}

// Why something of the folder is left out.
var (
	errNoFolder   = errors.New("left out: not a person's folder")
	errNoPictures = errors.New("holds no picture")
	errTooLong    = errors.New("the file is too large")
)

func warn(w io.Writer, root, path string, err error) {
	if name, relErr := filepath.Rel(root, path); relErr == nil {
		path = name
	}
	fmt.Fprintf(w, "%s: %v\n", path, err)
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// eachPicture calls do for every picture in a folder and the folders below it,
// in the order of their names. Links to folders are followed, but not around in
// a circle; above holds the real folders on the way down. A file is a picture
// if it begins as a JPEG or PNG does, or if its name says that it should.
func eachPicture(folder string, above []string, do func(path string, data []byte, err error) error) error {
	actual, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return do(folder, nil, err)
	}
	if slices.Contains(above, actual) {
		return nil
	}
	above = append(above, actual)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return do(folder, nil, err)
	}
	for _, e := range entries {
		if hidden(e.Name()) {
			continue
		}
		path := filepath.Join(folder, e.Name())
		info, err := os.Stat(path)
		switch {
		case err == nil && info.IsDir():
			err = eachPicture(path, above, do)
		case err == nil && !info.Mode().IsRegular():
			continue // a pipe would wait for ever
		default:
			var data []byte
			if err == nil {
				data, err = readPicture(path)
			}
			if !named(path) && (err != nil || !begins(data)) {
				continue
			}
			err = do(path, data, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// named says whether a file is called as a picture is.
func named(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jpg", ".jpeg", ".png":
		return true
	}
	return false
}

// begins says whether a file begins as a JPEG or PNG does.
func begins(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xff\xd8\xff")) || bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n"))
}

// readPicture reads a file of bearable size; one that does not begin as a
// picture is not read to its end.
func readPicture(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 8)
	n, err := io.ReadFull(f, head)
	if err != nil || !begins(head) {
		return head[:n], nil // too short, or no picture: its name decides
	}
	rest, err := io.ReadAll(io.LimitReader(f, maxPicture))
	if err == nil && len(rest) == maxPicture {
		err = errTooLong
	}
	return append(head, rest...), err
}
