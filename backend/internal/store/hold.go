package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// lockFile is held open by the one process that works with a data folder alone.
// The system lets go of it however the process ends.
const lockFile = "lock"

// Hold makes the data folder of a SQLite database and keeps a second server from
// it until what is returned is closed: SQLite would share the file, but a start
// gives back what a dead process was at, and the other one is alive. Commands
// that work beside a server open the database without it. The error is a whole
// sentence.
func Hold(folder string) (io.Closer, error) {
	err := os.MkdirAll(folder, 0o700)
	lock := flock.New(filepath.Join(folder, lockFile), flock.SetPermissions(0o600))
	var ours bool
	if err == nil {
		ours, err = lock.TryLock()
	}
	switch {
	case err == nil && !ours:
		return nil, fmt.Errorf("the data folder %s serves another backend; stop that one, or name another folder with --data", folder)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("the data folder %s cannot be written to; allow it to this user, or name another folder with --data (%w)", folder, err)
	case err != nil:
		return nil, fmt.Errorf("the data folder %s cannot be used; name another with --data (%w)", folder, err)
	}
	return lock, nil
}
