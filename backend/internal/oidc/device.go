package oidc

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"

	"realname.example/backend/internal/service"
)

// Limits of a device's request (RFC 8628).
const (
	deviceLife     = 10 * time.Minute
	deviceInterval = 5 * time.Second
)

// userLetters are those of a code that a person types: consonants that are not
// taken for one another and make no word (RFC 8628, 6.1).
const userLetters = "BCDFGHJKLMNPQRSTVWXZ"

// userCodeLength makes 20^8 codes.
const userCodeLength = 8

// newUserCode draws a code as it is shown, in two halves.
func newUserCode() string {
	var b strings.Builder
	raw := make([]byte, 1)
	for b.Len() < userCodeLength {
		_, _ = rand.Read(raw) // crypto/rand.Read never fails (Go 1.24)
		if n := int(raw[0]); n < 256-256%len(userLetters) {
			b.WriteByte(userLetters[n%len(userLetters)])
		}
	}
	code := b.String()
	return code[:userCodeLength/2] + "-" + code[userCodeLength/2:]
}

// userHash is what is kept of a code as a person types it, in any spelling.
func userHash(typed string) string {
	return service.Hash("user code " + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		if strings.ContainsRune(userLetters, r) {
			return r
		}
		return -1
	}, typed))
}

// devicePage asks for the code that a device shows. One that comes along in the
// address is filled in and not taken: the person compares it with their device.
func (p *Provider) devicePage(w http.ResponseWriter, r *http.Request) {
	p.showDevice(w, r, http.StatusOK, view{UserCode: r.URL.Query().Get("user_code")})
}

// showDevice makes sure that the browser has a cookie for the form to be tied to.
func (p *Provider) showDevice(w http.ResponseWriter, r *http.Request, status int, v view) {
	v.Step, v.Form = "device", p.formToken(p.browser(w, r), "device")
	p.render(w, r, status, v)
}

// deviceCode takes the code and goes on as with any other request.
func (p *Provider) deviceCode(w http.ResponseWriter, r *http.Request) {
	if !p.formFits(r, "device") {
		p.refusePage(w, r, "form")
		return
	}
	if !p.counted(w, r, countUserCode) {
		return
	}
	typed := r.PostForm.Get("user_code")
	d, err := p.Store.DeviceByUserCode(r.Context(), userHash(typed), p.now())
	if errors.Is(err, service.ErrGone) {
		p.showDevice(w, r, http.StatusUnprocessableEntity, view{UserCode: typed, Said: "code"})
		return
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	id, err := p.begin(w, r, service.Request{
		ServiceID: d.ServiceID, ExpiresAt: d.ExpiresAt, Session: d.Session, Device: d.UserHash, UserCode: typed,
	})
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.toRequest(w, r, id)
}

// agreeDevice lets the device have its tokens.
func (p *Provider) agreeDevice(w http.ResponseWriter, r *http.Request, q waiting, person Person, g service.Grant) {
	d, err := p.Store.DeviceByUserCode(r.Context(), q.Device, p.now())
	if err != nil {
		p.goneOr(w, r, err)
		return
	}
	d.Session.Subject, d.Session.SignedInAt = g.Subject, person.SignedInAt
	if err := p.Store.AgreeDevice(r.Context(), q.Device, g, d); err != nil {
		p.goneOr(w, r, err)
		return
	}
	if err := p.Store.EndRequest(r.Context(), service.Hash(q.id), p.now()); err != nil && !errors.Is(err, service.ErrGone) {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusOK, view{Step: "done", Said: "agreed"})
}
