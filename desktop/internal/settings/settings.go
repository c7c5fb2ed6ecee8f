// Package settings gives the app's preferences names and types. It holds no
// secret: tokens are in the vault.
package settings

import (
	"fyne.io/fyne/v2"

	"realname.example/shared/client"
	"realname.example/shared/ui"
)

// Keys of the preferences.
const (
	keyServer   = "server"
	keyPin      = "server.key"
	keyLanguage = "language"
	keyScheme   = "theme"
	keyText     = "text.size"
)

// Settings are the preferences. They implement flow.Settings and screen.Look.
type Settings struct{ prefs fyne.Preferences }

// New returns the settings in an app's preferences.
func New(prefs fyne.Preferences) Settings { return Settings{prefs: prefs} }

// Server returns the server's address and its pinned key; "" before the first
// one was reached.
func (s Settings) Server() (address string, pin client.Pin) {
	return s.prefs.String(keyServer), client.Pin(s.prefs.String(keyPin))
}

// SetServer remembers a server that was reached.
func (s Settings) SetServer(address string, pin client.Pin) {
	s.prefs.SetString(keyServer, address)
	s.prefs.SetString(keyPin, string(pin))
}

// Language returns the chosen language; "" for the system's.
func (s Settings) Language() string { return s.prefs.String(keyLanguage) }

// SetLanguage remembers a language.
func (s Settings) SetLanguage(language string) { s.prefs.SetString(keyLanguage, language) }

// Scheme returns the chosen look.
func (s Settings) Scheme() ui.Scheme {
	for _, known := range ui.Schemes() {
		if string(known) == s.prefs.String(keyScheme) {
			return known
		}
	}
	return ui.SystemScheme
}

// SetScheme remembers a look.
func (s Settings) SetScheme(scheme ui.Scheme) { s.prefs.SetString(keyScheme, string(scheme)) }

// TextSize returns the chosen size of text.
func (s Settings) TextSize() ui.TextSize { return ui.TextSizeOf(s.prefs.Int(keyText)) }

// SetTextSize remembers a size of text.
func (s Settings) SetTextSize(size ui.TextSize) { s.prefs.SetInt(keyText, int(size)) }
