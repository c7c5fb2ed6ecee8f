package main

import (
	"bytes"
	"context"
	"fmt"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/report"
	"realname.example/shared/verification"
)

// person is a row of the sandbox registry.
type person struct{ name, number, mobile string }

var (
	zhangWei      = person{"张伟", "110100199003070111", "13800000001"}
	wangFang      = person{"王芳", "110100198512240225", "13800000002"}
	wuMin         = person{"吴敏", "110100198704120332", "13800000010"}
	zhengQiang    = person{"郑强", "110100198408260357", "13800000011"}
	asVerified    = func(v verification.View) bool { return v.Status == verification.Verified }
	atFaceScan    = func(v verification.View) bool { return v.Status == verification.FaceRequired }
	asMismatch    = func(v verification.View) bool { return v.Reason == verification.MobileMismatch }
	asDeclined    = func(v verification.View) bool { return v.Reason == verification.Declined }
	asWrongNumber = func(v verification.View) bool { return v.Reason == verification.NumberMismatch }
)

// story is one thing that a person does.
type story struct {
	title string
	play  func(context.Context, *tour) error
	phone bool // it needs the phone app and the face models
}

// stories are played in this order, each by a desktop app that was never started before.
var stories = []story{
	{"a person verifies by mobile number", verifies, false},
	{"a number that is under another ID is refused, with what to do", isRefused, false},
	{"an affiliated site vouches", isAuthorized, false},
	{"a site is linked in the browser and vouches, and a service greets the verified person", linksAndIsGreeted, false},
	{"a wrong number on the phone ends the hand-off, and a no sends the case to a person", isNotMe, true},
	{"a person at risk scans their face with the phone", verifiesAtRisk, true},
	{"a person verifies by face, though both apps end in the middle", verifiesByFace, true},
	{"a reviewer verifies a person by the pictures that she took with her phone", isReviewed, true},
	{"an operator looks at each page of the console", isOperated, false},
}

func verifies(ctx context.Context, t *tour) error {
	d, err := t.signIn(ctx, "demo")
	if err != nil {
		return err
	}
	if err := d.byMobile(ctx, zhangWei); err != nil {
		return err
	}
	return d.finish(ctx, "verified", asVerified)
}

func isRefused(ctx context.Context, t *tour) error {
	in := api.Credentials{Username: "tour", Password: t.password}
	if _, err := t.client.CreateAccount(ctx, in); err != nil {
		return fmt.Errorf("create an account: %w", err)
	}
	d, err := t.signIn(ctx, in.Username)
	if err != nil {
		return err
	}
	if err := d.byMobile(ctx, wangFang); err != nil {
		return err
	}
	return d.finish(ctx, "refused", asMismatch)
}

// isAuthorized goes by mouse where the other stories go by keyboard.
func isAuthorized(ctx context.Context, t *tour) error {
	d, err := t.signIn(ctx, "zhoujie")
	if err != nil {
		return err
	}
	if err := d.window.keys(ctx, "Return"); err != nil { // Verify Now
		return err
	}
	err = d.until(ctx, "the question of the affiliated sites", func(l report.Line) bool {
		return l.Dialog == "pc.affiliate.title" && l.Focus == "pc.affiliate.manual" && !l.Busy
	})
	if err != nil {
		return err
	}
	if err := d.walk(ctx, "pc.affiliate.authorize"); err != nil {
		return err
	}
	if err := d.picture(ctx, "authorize-now"); err != nil {
		return err
	}
	if err := d.window.click(ctx, d.shown.At[0], d.shown.At[1]); err != nil {
		return err
	}
	return d.finish(ctx, "authorized", func(v verification.View) bool {
		return v.Status == verification.Verified && v.Method == verification.Affiliate
	})
}

// linksAndIsGreeted has zhoujie begin anew, without a link.
func linksAndIsGreeted(ctx context.Context, t *tour) error {
	session, err := t.client.SignIn(ctx, api.Credentials{Username: "zhoujie", Password: t.password})
	if err != nil {
		return err
	}
	if err := t.client.Account(client.AccountToken(session.Token)).EraseIdentity(ctx); err != nil {
		return fmt.Errorf("erase what an earlier story left: %w", err)
	}
	d, err := t.signIn(ctx, "zhoujie")
	if err != nil {
		return err
	}
	if err := d.link(ctx); err != nil {
		return err
	}
	b, err := t.browser()
	if err != nil {
		return err
	}
	address, err := d.opened(ctx)
	if err != nil {
		return err
	}
	if err := b.agree(ctx, address, "zhoujie", "site-asks"); err != nil { // ends at the desktop app
		return err
	}
	err = d.finish(ctx, "linked-and-verified", func(v verification.View) bool {
		return v.Status == verification.Verified && v.Method == verification.Affiliate
	})
	if err != nil {
		return err
	}
	return t.isGreeted(ctx, b, "zhoujie")
}

// link goes from home to the browser, to link the first of the affiliated sites.
func (d *desk) link(ctx context.Context) error {
	if err := d.window.keys(ctx, "Return"); err != nil { // Verify Now
		return err
	}
	err := d.until(ctx, "the question of sites to link", func(l report.Line) bool {
		return l.Dialog == "pc.affiliate.title.link" && l.Focus == "pc.affiliate.manual" && !l.Busy
	})
	if err != nil {
		return err
	}
	if err := d.walk(ctx, "pc.affiliate.link"); err != nil {
		return err
	}
	if err := d.picture(ctx, "link-and-authorize"); err != nil {
		return err
	}
	if err := d.window.keys(ctx, "space"); err != nil {
		return err
	}
	if err := d.until(ctx, "that it waits for the browser", func(l report.Line) bool { return l.Dialog == "" && l.Screen == "methods" }); err != nil {
		return err
	}
	return d.picture(ctx, "answer-in-the-browser")
}

// agree signs in on the page that an address leads to, and agrees to what it asks.
func (b *browser) agree(ctx context.Context, address, username, picture string) error {
	if err := b.open(ctx, address); err != nil {
		return err
	}
	if err := b.signIn(ctx, username); err != nil {
		return err
	}
	if err := b.picture(ctx, picture); err != nil {
		return err
	}
	return b.submit(ctx, "/agree", nil)
}

// isGreeted signs in at the sample service, which is told the person's name.
func (t *tour) isGreeted(ctx context.Context, b *browser, username string) error {
	site, err := t.sampleSite(ctx)
	if err != nil {
		return err
	}
	if err := b.agree(ctx, site+"/sign-in", username, "service-asks"); err != nil {
		return err
	}
	if !bytes.Contains(b.raw, []byte("周杰")) {
		return fmt.Errorf("the service does not greet 周杰: %s", b.raw)
	}
	return b.picture(ctx, "service-greets")
}

func verifiesAtRisk(ctx context.Context, t *tour) error {
	d, err := t.signIn(ctx, "wumin")
	if err != nil {
		return err
	}
	if err := d.byMobile(ctx, wuMin); err != nil {
		return err
	}
	if err := d.reach(ctx, "scan-with-phone", atFaceScan); err != nil {
		return err
	}
	h, err := d.pick(ctx, recordingWuMin)
	if err != nil {
		return err
	}
	if err := h.agrees(ctx); err != nil {
		return err
	}
	if err := h.capture(ctx); err != nil {
		return err
	}
	if err := d.finish(ctx, "verified-at-risk", asVerified); err != nil {
		return err
	}
	h.put()
	return nil
}

func verifiesByFace(ctx context.Context, t *tour) error {
	d, err := t.signIn(ctx, "zhengqiang")
	if err != nil {
		return err
	}
	if err := d.byFace(ctx, zhengQiang); err != nil {
		return err
	}
	h, err := d.pick(ctx, recordingZhengQiang)
	if err != nil {
		return err
	}
	if err := h.agrees(ctx); err != nil {
		return err
	}
	// Both apps end in the middle, and go on where they were.
	h.put()
	d.end()
	if err := d.open(ctx); err != nil {
		return err
	}
	if err := h.open(ctx); err != nil {
		return err
	}
	if err := h.at(ctx, "ready"); err != nil {
		return err
	}
	if err := d.reach(ctx, "both-resumed", func(v verification.View) bool { return v.Status == verification.Capturing }); err != nil {
		return err
	}
	if err := h.capture(ctx); err != nil {
		return err
	}
	if err := d.finish(ctx, "verified-by-face", asVerified); err != nil {
		return err
	}
	h.put()
	return nil
}

// isNotMe is a code that reached the wrong hands: the first phone guesses the number, the second
// says no.
func isNotMe(ctx context.Context, t *tour) error {
	in := api.Credentials{Username: "relay", Password: t.password}
	if _, err := t.client.CreateAccount(ctx, in); err != nil {
		return fmt.Errorf("create an account: %w", err)
	}
	d, err := t.signIn(ctx, in.Username)
	if err != nil {
		return err
	}
	if err := d.byFace(ctx, zhangWei); err != nil {
		return err
	}
	h, err := d.pick(ctx, recordingWuMin)
	if err != nil {
		return err
	}
	if err := h.connect(ctx); err != nil {
		return err
	}
	number, err := d.number(ctx)
	if err != nil {
		return err
	}
	if err := h.types(ctx, another(number)); err != nil {
		return err
	}
	if err := d.reach(ctx, "wrong-number", asWrongNumber); err != nil {
		return err
	}
	h.put()
	if err := d.press(ctx, "pc.scan.show"); err != nil {
		return err
	}
	if h, err = d.pick(ctx, recordingWuMin); err != nil {
		return err
	}
	if err := h.connect(ctx); err != nil {
		return err
	}
	if err := h.press(ctx, "phone.not_me"); err != nil {
		return err
	}
	if err := d.finish(ctx, "declined", asDeclined); err != nil {
		return err
	}
	h.put()
	return nil
}

// another is a number of two digits that differs.
func another(number string) string {
	first := (number[0]-'0'+1)%10 + '0'
	return string(first) + number[1:]
}
