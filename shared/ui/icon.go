package ui

import (
	_ "embed" // the icon

	"fyne.io/fyne/v2"
)

//go:embed icon.svg
var icon []byte

// Icon is the picture of the product: of the apps' windows, and of the
// packages, which are made from the same file.
func Icon() fyne.Resource { return fyne.NewStaticResource("icon.svg", icon) }
