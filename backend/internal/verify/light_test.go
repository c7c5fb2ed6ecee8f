package verify_test

import (
	"errors"
	"slices"
	"testing"

	"realname.example/backend/internal/verify"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

func lightMode(m verify.LightMode) func(*verify.Config) {
	return func(c *verify.Config) { c.Light = m }
}

func TestColoursAreDrawnOnceAnAttemptForWhoCanShowThem(t *testing.T) {
	w := newWorld(t)
	_, token := w.capturing()
	dark, err := w.Challenge(t.Context(), token, 30, false)
	if err != nil || len(dark.Light) != 0 {
		t.Fatalf("%v, %v", dark.Light, err)
	}
	first, err := w.Challenge(t.Context(), token, 30, true)
	if err != nil {
		t.Fatal(err)
	}
	sorted := slices.Sorted(slices.Values(first.Light))
	if len(first.Light) != handoff.LightColours || len(slices.Compact(sorted)) != handoff.LightColours {
		t.Errorf("drawn: %v", first.Light)
	}
	again, err := w.Challenge(t.Context(), token, 30, true)
	if err != nil || !slices.Equal(again.Light, first.Light) || again.Nonce == first.Nonce {
		t.Errorf("asked again: %v, then %v, %v", first.Light, again.Light, err)
	}
	off := newWorld(t, lightMode(verify.LightOff))
	_, token = off.capturing()
	if ch, err := off.Challenge(t.Context(), token, 30, true); err != nil || len(ch.Light) != 0 {
		t.Errorf("off: %v, %v", ch.Light, err)
	}
}

func TestFramesOfAnotherLightAreRefused(t *testing.T) {
	swap := func(m *handoff.Manifest, i, j int) {
		m.Frames[i].Light, m.Frames[j].Light = m.Frames[j].Light, m.Frames[i].Light
	}
	for name, c := range map[string]struct {
		light bool
		spoil func(*burst)
		cause string
	}{
		"missing":          {true, func(b *burst) { b.manifest.Frames, b.frames = b.manifest.Frames[:36], b.frames[:36] }, "light"},
		"one missing":      {true, func(b *burst) { b.manifest.Frames, b.frames = b.manifest.Frames[:43], b.frames[:43] }, "light"},
		"swapped":          {true, func(b *burst) { swap(&b.manifest, 37, 38) }, "light"},
		"among the others": {true, func(b *burst) { b.manifest.Frames[3].Light = handoff.Green }, "light"},
		"another sequence": {true, func(b *burst) {
			for i := 36; i+handoff.ColourFrames < len(b.manifest.Frames); i++ {
				swap(&b.manifest, i, i+handoff.ColourFrames)
			}
		}, "light"},
		"no colour":         {true, func(b *burst) { b.manifest.Frames[40].Light = "infrared" }, "light"},
		"nobody asked":      {false, func(b *burst) { b.manifest.Frames[35].Light = handoff.Green }, "light"},
		"hardly any action": {true, func(b *burst) { b.manifest.Frames, b.frames = b.manifest.Frames[20:], b.frames[20:] }, "frame_count"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			_, token := w.capturing()
			b := w.recordIn(token, c.light)
			c.spoil(b)
			_, err := w.upload(token, b)
			w.refuses(err, c.cause)
		})
	}
}

func TestTheModeDecidesWhatTheLightIsFor(t *testing.T) {
	for name, c := range map[string]struct {
		mode     verify.LightMode
		optional bool
		light    bool
		demanded bool
		status   verification.Status
	}{
		"off":                   {verify.LightOff, false, true, false, verification.Verified},
		"observed":              {verify.LightObserve, false, true, false, verification.Verified},
		"observed, none":        {verify.LightObserve, false, false, false, verification.Verified},
		"enforced":              {verify.LightEnforce, false, true, true, verification.Verified},
		"enforced, none":        {verify.LightEnforce, false, false, false, verification.InReview},
		"enforced, none needed": {verify.LightEnforce, true, false, false, verification.Verified},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, lightMode(c.mode), func(cfg *verify.Config) { cfg.LightOptional = c.optional })
			id, token := w.capturing()
			if _, err := w.upload(token, w.recordIn(token, c.light)); err != nil {
				t.Fatal(err)
			}
			if err := w.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			if w.captured.Load().DemandLight != c.demanded {
				t.Errorf("the light is demanded: %v", w.captured.Load().DemandLight)
			}
			if v := w.look("demo", id); v.Status != c.status {
				t.Errorf("%s, %s", v.Status, v.Reason)
			}
		})
	}
}

// What cannot be used is counted together, whichever comes first.
func TestLightThatIsNotSeenCountsWithRefusedUploads(t *testing.T) {
	w := newWorld(t, lightMode(verify.LightEnforce))
	w.judged = verify.Judgement{Failed: verification.LightFaint, Detail: "light_faint"}
	id, token := w.capturing()
	whole := w.look("demo", id).AttemptsLeft
	refuse := func() error {
		return w.EvidenceTrouble(t.Context(), token, &verify.QualityError{Hint: verify.HintHoldStill})
	}
	faint := func() error {
		_, err := w.upload(token, w.recordIn(token, true))
		return errors.Join(err, w.Drain(t.Context()))
	}
	for n, send := range []func() error{refuse, faint, refuse} {
		var counted *verify.AttemptError
		if err := send(); errors.As(err, &counted) {
			t.Errorf("%d: %v", n, err)
		}
		if v := w.look("demo", id); v.Status != verification.Capturing || v.AttemptsLeft != whole {
			t.Errorf("%d: %s, %d attempts left of %d", n, v.Status, v.AttemptsLeft, whole)
		}
	}
	if err := faint(); err != nil {
		t.Fatal(err)
	}
	if v := w.look("demo", id); v.Status != verification.FaceRequired || v.Reason != verification.LightFaint || v.AttemptsLeft != whole-1 {
		t.Errorf("the fourth: %s, %s, %d attempts left of %d", v.Status, v.Reason, v.AttemptsLeft, whole)
	}
}

// Who cannot be told from a recording, as before a window, films again: never verified,
// with the same actions and colours, and for nothing as often as a refused upload.
func TestLightThatIsNotSeenCostsNoAttempt(t *testing.T) {
	w := newWorld(t, lightMode(verify.LightEnforce))
	w.judged = verify.Judgement{Failed: verification.LightFaint, Detail: "light_faint"}
	id, token := w.capturing()
	whole := w.look("demo", id).AttemptsLeft
	var asked verify.Challenge
	for n := range 4 {
		ch, err := w.Challenge(t.Context(), token, 30, true)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 && (!slices.Equal(ch.Actions, asked.Actions) || !slices.Equal(ch.Light, asked.Light)) {
			t.Errorf("asked %v %v, then %v %v", asked.Actions, asked.Light, ch.Actions, ch.Light)
		}
		asked = ch
		if _, err := w.upload(token, w.recordIn(token, true)); err != nil {
			t.Fatal(err)
		}
		if err := w.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		v := w.look("demo", id)
		status, left := verification.Capturing, whole
		if n == 3 {
			status, left = verification.FaceRequired, whole-1
		}
		if v.Status != status || v.Reason != verification.LightFaint || v.AttemptsLeft != left {
			t.Errorf("try %d: %s, %s, %d attempts left of %d", n, v.Status, v.Reason, v.AttemptsLeft, whole)
		}
	}
	if n := w.audited("demo", verify.EventEvidenceBad, "light_faint"); n != 3 {
		t.Errorf("%d tries are in the trail", n)
	}
}
