//go:build embedmodels

package models

import (
	"embed"
	"io/fs"
)

// A release build fills the folder first:
//
//	go run ./backend/cmd/face setup --from .setup/node_modules --to backend/internal/face/models/embedded
//
//go:embed embedded
var files embed.FS

// embedded is the set inside the program.
var embedded, _ = fs.Sub(files, "embedded")
