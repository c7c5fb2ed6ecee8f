// Package private writes files of secrets: keys, tokens.
package private

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// WriteFile puts a file in place, whole or not at all: only its owner reads it,
// and it outlives a loss of power once WriteFile has returned. Without the sync
// before the rename some file systems keep the new name and lose what it held.
// Errors wrap the system's.
func WriteFile(path string, data []byte) error {
	next, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("make new file: %w", err)
	}
	_, err = next.Write(data)
	if err = errors.Join(err, next.Sync(), next.Close()); err != nil {
		return fmt.Errorf("write new file: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("put new file in place: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}
