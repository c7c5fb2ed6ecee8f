package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// lockFile is held open by the one process that serves from a data folder. The
// system lets go of it however the process ends.
const lockFile = "lock"

// errInUse is a lock that another process holds.
var errInUse = errors.New("in use")

// holdFolder makes the data folder and keeps a second server from it: SQLite
// would share the file, but a start gives back what a dead process was at, and
// the other one is alive.
func (a *App) holdFolder() error {
	folder := a.Config.Data
	err := os.MkdirAll(folder, 0o700)
	if err == nil {
		a.lock, err = hold(filepath.Join(folder, lockFile))
	}
	switch {
	case errors.Is(err, errInUse):
		return fmt.Errorf("the data folder %s serves another backend; stop that one, or name another folder with --data", folder)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the data folder %s cannot be written to; allow it to this user, or name another folder with --data (%w)", folder, err)
	case err != nil:
		return fmt.Errorf("the data folder %s cannot be used; name another with --data (%w)", folder, err)
	}
	return nil
}
