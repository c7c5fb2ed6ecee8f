//go:build !embedmodels

package models

import "io/fs"

// embedded is the set inside the program; this build has none.
var embedded fs.FS
