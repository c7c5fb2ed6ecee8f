//go:build !js

package main

import (
	"path/filepath"

	"fyne.io/fyne/v2"

	"realname.example/mobile/internal/flow"
	"realname.example/mobile/internal/vault"
	"realname.example/shared/api"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// folder returns where the vault is: as told, or as the system has it.
func folder(a fyne.App, told string) string {
	if told != "" {
		return told
	}
	return filepath.FromSlash(a.Storage().RootURI().Path())
}

// calm says that less motion is asked for.
func calm(a fyne.App) bool { return !a.Settings().ShowAnimations() }

// trustOrigin trusts no server beforehand.
func trustOrigin(*vault.Vault) {}

// told has nobody to tell.
func told(flow.State, string) {}

// typeCode opens the screen for a typed code.
func typeCode(f *flow.Flow) { f.Type() }

// pick asks for a picture from a file.
func pick(window fyne.Window, use func([]byte)) {
	ui.OpenPicture(window, api.MaxPicture, sentences.Place, func(_ string, data []byte) { // more is refused by the server
		use(data)
	})
}
