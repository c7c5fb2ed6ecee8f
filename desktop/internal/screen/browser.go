package screen

import (
	"errors"
	"net/url"

	"fyne.io/fyne/v2/container"

	"realname.example/desktop/internal/flow"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// sayBrowser says that the person answers in the browser, and how to open it again
// or to stop.
func (b *base) sayBrowser(at flow.Browser) {
	stop := quiet("pc.browser.stop", &b.keys, b.deps.flow.GiveUpBrowser)
	if at.Lost {
		again := button("pc.browser.copy", &b.keys, func() { b.deps.copyText(at.Address) })
		b.say(ui.KindCaution, sentences.T("pc.browser.lost"), container.NewVBox(again, stop))
		return
	}
	again := button("pc.browser.again", &b.keys, func() {
		if u, err := url.Parse(at.Address); err == nil {
			b.deps.open(u)
		}
	})
	b.say(ui.KindInfo, sentences.T("pc.browser.wait", sentences.Data{"Name": at.Name}), container.NewVBox(again, stop))
}

// errorText words an error, those of this app alone among them.
func errorText(err error) string {
	var listen *flow.ListenError
	switch {
	case errors.As(err, &listen) && listen.Port != 0:
		return sentences.T("pc.browser.listen", sentences.Data{"Port": listen.Port})
	case errors.As(err, &listen):
		return sentences.T("pc.browser.listen.any")
	case errors.Is(err, flow.ErrBrowserTooSlow):
		return sentences.T("pc.browser.slow")
	}
	return sentences.Error(err)
}
