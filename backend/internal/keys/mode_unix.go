//go:build !windows

package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// private reports whether nobody but the owner can read the file.
func private(mode fs.FileMode) bool { return mode.Perm()&0o077 == 0 }

// syncFolder makes a rename last through a loss of power: keys must be on disk
// before data that they encrypt.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return nil
}
