package main

import (
	"context"
	"fmt"

	"realname.example/shared/api"
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
	{"a wrong number on the phone ends the hand-off, and a no sends the case to a person", isNotMe, true},
	{"a person at risk scans their face with the phone", verifiesAtRisk, true},
	{"a person verifies by face, though both apps end in the middle", verifiesByFace, true},
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
