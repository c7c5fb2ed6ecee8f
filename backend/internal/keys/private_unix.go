//go:build !windows

package keys

import "io/fs"

// private reports whether nobody but the owner can read the file.
func private(mode fs.FileMode) bool { return mode.Perm()&0o077 == 0 }
