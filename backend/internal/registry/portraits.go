package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// MaxPortrait bounds a portrait's file.
const MaxPortrait = 8 << 20

// FromFolder finds portraits in a folder: by the name that the CSV gives, or as
// NUMBER.jpg, .jpeg or .png. Check says whether a picture can be used.
func FromFolder(folder fs.FS, check func([]byte) error) Portraits {
	return func(name string, named bool) ([]byte, error) {
		candidates := []string{name}
		if !named {
			candidates = []string{name + ".jpg", name + ".jpeg", name + ".png"}
		}
		for _, c := range candidates {
			if !fs.ValidPath(c) || path.Base(c) != c {
				return nil, errors.New("is not the name of a file in the folder")
			}
			info, err := fs.Stat(folder, c)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil || !info.Mode().IsRegular() || info.Size() > MaxPortrait {
				return nil, errors.New("cannot be read, or is larger than 8 MB")
			}
			image, err := fs.ReadFile(folder, c)
			if err != nil {
				return nil, errors.New("cannot be read")
			}
			if err := check(image); err != nil {
				return nil, fmt.Errorf("cannot be used: %w", err)
			}
			return image, nil
		}
		if named {
			return nil, errors.New("is not in the folder")
		}
		return nil, nil
	}
}
