package main

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/mobile"

	"realname.example/mobile/internal/flow"
)

// followPhone joins the flow to what only a phone's app has: a background, a back
// button, a screen that goes dark, an address that opens it again. It returns
// what is to be told each state, on the goroutine that draws.
func followPhone(ctx context.Context, a fyne.App, w fyne.Window, f *flow.Flow, link string) func(flow.State) {
	device := fyne.CurrentDevice()
	// A browser's tab is no app: it has its own back button and its own darkness.
	if !device.IsMobile() || device.IsBrowser() {
		return func(flow.State) {}
	}
	life := a.Lifecycle()
	life.SetOnExitedForeground(f.Background)
	life.SetOnEnteredForeground(func() {
		go func() {
			if again := opened(); again != "" && again != link {
				link = again
				f.Opened(ctx, link)
				return
			}
			f.Foreground(ctx)
		}()
	})
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name != mobile.KeyBack || f.Back() {
			return
		}
		if d, ok := a.Driver().(mobile.Driver); ok {
			d.GoBack()
		}
	})
	awake := false
	return func(s flow.State) {
		on := s.Stage == flow.Scanning || s.Stage == flow.Capturing || s.Stage == flow.Sending
		if on != awake {
			awake = on
			a.Driver().SetDisableScreenBlanking(on)
		}
	}
}
