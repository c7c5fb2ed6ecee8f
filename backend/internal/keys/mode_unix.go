//go:build !windows

package keys

import "io/fs"

// ownersAlone reports whether nobody but the owner can read the file.
func ownersAlone(mode fs.FileMode) bool { return mode.Perm()&0o077 == 0 }
