package e2e_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

func TestWithoutModelsTheBackendRunsAndSaysSo(t *testing.T) {
	s := startReal(t, sandboxConfig(t)) // its folder of models is empty
	a := s.signIn("zhengqiang")
	s.givePortrait("郑强")
	v, err := a.Begin(t.Context(), byFace(s.person("郑强")))
	mustView(t, v, err, verification.FaceRequired, "")
	p := s.consented(a, v.ID)
	ch, err := p.Challenge(t.Context(), api.ChallengeRequest{FramesPerSecond: 30})
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(3 * time.Second)
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 64, 64)), nil); err != nil {
		t.Fatal(err)
	}
	m := handoff.Manifest{Challenge: ch.ID, Nonce: ch.Nonce}
	var frames [][]byte
	for i := range handoff.MinFrames {
		// Bytes behind the end of a JPEG are no part of the picture.
		frame := append(bytes.Clone(picture.Bytes()), byte(i))
		frames = append(frames, frame)
		m.Frames = append(m.Frames, handoff.ManifestFrame{SHA256: handoff.HashFrame(frame), Millis: int64(i) * 100})
	}
	manifest, err := handoff.Sign(p.key, m)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Evidence(t.Context(), manifest, frames, nil)
	mustProblem(t, err, problem.ProviderUnavailable)

	if _, body := (raw{server: s}).do("GET", "/readyz", ""); !strings.Contains(body, "make setup") {
		t.Errorf("/readyz does not say what to run: %s", body)
	}
	by, err := s.mobile(s.signIn("demo"), s.person("张伟"))
	mustView(t, by, err, verification.Verified, "")
}
