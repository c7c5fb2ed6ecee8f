package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Limits in bytes. A phone's picture of 48 MP may have 25 MB; what is kept of it is
// smaller.
const (
	maxFile = 64 << 20
	// MaxPortrait bounds a portrait as it is kept.
	MaxPortrait = 8 << 20
)

// Folder is a folder of pictures, which finds them whatever the case of their
// letters.
type Folder struct {
	files fs.FS
	// names has the name of each file by its lower-case form.
	names map[string]string
	used  map[string]bool
	plain func([]byte) ([]byte, error)
	check func([]byte) error
}

// OpenFolder lists a folder. Plain turns a picture into a JPEG or PNG, and check
// says why that cannot be used.
func OpenFolder(files fs.FS, plain func([]byte) ([]byte, error), check func([]byte) error) (*Folder, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("open portraits: %w", err)
	}
	f := &Folder{files: files, names: map[string]string{}, used: map[string]bool{}, plain: plain, check: check}
	for _, e := range entries {
		if !e.IsDir() {
			f.names[strings.ToLower(e.Name())] = e.Name()
		}
	}
	return f, nil
}

// endings are those of the files that are looked for by number.
var endings = []string{".jpg", ".jpeg", ".png", ".bmp", ".webp", ".heic", ".heif", ".avif", ".jp2", ".j2k", ".mpo"}

// find returns the file that a row names, or else NUMBER with one of the endings; ""
// where it is not there.
func (f *Folder) find(named, number string) (string, error) {
	candidates := []string{named}
	if named == "" {
		candidates = nil
		for _, ending := range endings {
			candidates = append(candidates, number+ending)
		}
	}
	for _, c := range candidates {
		if strings.ContainsAny(c, `/\`) {
			return "", errors.New("is a path; name a file in the folder")
		}
		if file, has := f.names[strings.ToLower(c)]; has {
			f.used[file] = true
			return file, nil
		}
	}
	return "", nil
}

// ErrPoorPicture is what a check says of a picture that is usable, but poor: it is
// imported, and told.
var ErrPoorPicture = errors.New("the picture is poor")

// look says why a picture cannot be used, or that it is poor.
func (f *Folder) look(picture []byte) (poor bool, err error) {
	switch err := f.check(picture); {
	case errors.Is(err, ErrPoorPicture):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("cannot be used: %w", err)
	}
	return false, nil
}

func (f *Folder) read(file string) ([]byte, error) {
	info, err := fs.Stat(f.files, file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, errors.New("cannot be read, or is larger than 64 MB")
	}
	picture, err := fs.ReadFile(f.files, file)
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	if len(picture) == 0 {
		return nil, errors.New("is empty; copy it anew from where it came")
	}
	if picture, err = f.plain(picture); err != nil {
		return nil, fmt.Errorf("cannot be used: %w", err)
	}
	if len(picture) > MaxPortrait {
		return nil, errors.New("is larger than 8 MB")
	}
	return picture, nil
}

// unused lists the files that no row used, in order.
func (f *Folder) unused() []string {
	var names []string
	for _, name := range f.names {
		if !f.used[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
