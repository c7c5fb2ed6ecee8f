package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// MaxPortrait bounds a portrait's file.
const MaxPortrait = 8 << 20

// errNoPicture is a picture that is not in the folder.
var errNoPicture = errors.New("is not in the folder")

// Folder is a folder of pictures, which finds them whatever the case of their
// letters.
type Folder struct {
	files fs.FS
	// names has the name of each file by its lower-case form.
	names map[string]string
	used  map[string]bool
	check func([]byte) error
}

// OpenFolder lists a folder. Check says why a picture cannot be used.
func OpenFolder(files fs.FS, check func([]byte) error) (*Folder, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("open portraits: %w", err)
	}
	f := &Folder{files: files, names: map[string]string{}, used: map[string]bool{}, check: check}
	for _, e := range entries {
		if !e.IsDir() {
			f.names[strings.ToLower(e.Name())] = e.Name()
		}
	}
	return f, nil
}

// endings are those of the files that are looked for by number.
var endings = []string{".jpg", ".jpeg", ".png"}

// byNumber returns the picture NUMBER.jpg, .jpeg or .png, or errNoPicture.
func (f *Folder) byNumber(number string) ([]byte, error) {
	for _, ending := range endings {
		if name, has := f.names[strings.ToLower(number+ending)]; has {
			return f.read(name)
		}
	}
	return nil, errNoPicture
}

// byName returns the picture that a row names, or errNoPicture.
func (f *Folder) byName(name string) ([]byte, error) {
	if strings.ContainsAny(name, `/\`) {
		return nil, errors.New("is a path; name a file in the folder")
	}
	if file, has := f.names[strings.ToLower(name)]; has {
		return f.read(file)
	}
	return nil, errNoPicture
}

func (f *Folder) read(name string) ([]byte, error) {
	f.used[name] = true
	info, err := fs.Stat(f.files, name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > MaxPortrait {
		return nil, errors.New("cannot be read, or is larger than 8 MB")
	}
	picture, err := fs.ReadFile(f.files, name)
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	if err := f.check(picture); err != nil {
		return nil, fmt.Errorf("cannot be used: %w", err)
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
