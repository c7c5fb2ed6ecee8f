//go:build !race

package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/provider/aliyun/aliyuntest"
	"realname.example/backend/internal/provider/providertest"
	"realname.example/backend/internal/provider/tencent/tencenttest"
	"realname.example/shared/client"
	"realname.example/shared/verification"
)

// comparing are the settings by which faces are compared at a cloud alone, its action,
// and how a picture and a person stand in a question.
type comparing struct {
	action string
	env    map[string]string
	asked  func(body []byte) (picture, name string)
	other  string // an answer about another face
}

func comparingAtTencent() comparing {
	return comparing{
		action: "ImageRecognitionV2", other: tencenttest.Compared("FailedOperation.CompareLowSimilarity", 12, ""),
		env: map[string]string{"REALNAME_PORTRAITS": "tencent"},
		asked: func(body []byte) (picture, name string) {
			var in struct{ ImageBase64, Name string }
			_ = json.Unmarshal(body, &in)
			return in.ImageBase64, in.Name
		},
	}
}

func comparingAtAliyun() comparing {
	return comparing{
		action: "ContrastFaceVerify", other: aliyuntest.Compared("200", "F", "204"),
		env: map[string]string{"REALNAME_PORTRAITS": "aliyun", "REALNAME_ALIYUN_FACE_SCENE": aliyuntest.FaceScene},
		asked: func(body []byte) (picture, name string) {
			form, _ := url.ParseQuery(string(body))
			return form.Get("FaceContrastPicture"), form.Get("CertName")
		},
	}
}

// comparingServer is a server in production with the real face engine, whose
// challenges are of what the actor shows.
func comparingServer(t *testing.T, p provider, c comparing, who *actor) *server {
	t.Helper()
	env := map[string]string{
		"REALNAME_MODE": "production", "REALNAME_LISTEN": "127.0.0.1:0", "REALNAME_DATA": t.TempDir(),
		"REALNAME_MODELS": modelsFolder, "REALNAME_LOG_LEVEL": "debug",
	}
	for _, part := range []map[string]string{p.env, c.env} {
		for name, value := range part {
			env[name] = value
		}
	}
	cfg, err := config.Load(nil, func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	cfg.Verify.JudgeTimeout = 5 * time.Minute // a verdict on a busy machine
	cfg.Verify.FaceActions = can(who)
	cfg.DatabaseTimeout = time.Minute
	s := startReal(t, cfg)
	p.Now = s.clock.Now
	return s
}

// scanned films until a capture is not refused for its liveness, as one genuine one
// in twenty-five is (docs/face.md), and returns what the case comes to.
func (s *server) scanned(a *client.Account, p *phone, v verification.View, who *actor) (*phone, verification.View) {
	s.t.Helper()
	for range 3 {
		s.forgetFrames()
		if v.Status == verification.FaceRequired {
			p = s.consented(a, v.ID)
		}
		if err := s.shows(p, who); err != nil {
			s.t.Fatalf("evidence: %v", err)
		}
		if v = await(s.t, a, v.ID, verification.Judging); v.Reason != verification.LivenessFailed {
			break
		}
	}
	return p, v
}

// TestProductionComparesFacesAtACloud has the real engine judge a recorded person, and
// the cloud's local server say whose face it is: away at first, then another's, then
// right.
func TestProductionComparesFacesAtACloud(t *testing.T) {
	for name, with := range map[string]struct {
		provider func(*testing.T) provider
		compared func() comparing
		called   string
	}{
		"tencent": {newTencent, comparingAtTencent, "Tencent Cloud"}, "aliyun": {newAliyun, comparingAtAliyun, "Alibaba Cloud"},
	} {
		t.Run(name, func(t *testing.T) {
			p, c, actor := with.provider(t), with.compared(), openActor(t, "franck")
			s := comparingServer(t, p, c, actor)
			who := providertest.Agreeing
			a := s.signUp("faced")
			text, err := s.client.ConsentText(t.Context(), "face", "en")
			if err != nil || !strings.Contains(text.Text, with.called) {
				t.Errorf("asked to agree to %+v, %v", text, err)
			}
			v, err := a.Begin(t.Context(), byFace(stated(who)))
			mustView(t, v, err, verification.FaceRequired, "")
			p.Say(c.action, http.StatusBadGateway, "<html>")
			held, v := s.scanned(a, nil, v, actor)
			mustView(t, v, nil, verification.Capturing, "")
			if n := p.Asked(c.action); n != 1 {
				t.Errorf("asked %d times about one capture", n)
			}
			left := v.AttemptsLeft
			p.Say(c.action, http.StatusOK, c.other)
			held, v = s.scanned(a, held, v, actor)
			mustView(t, v, nil, verification.FaceRequired, verification.FaceMismatch)
			if v.AttemptsLeft >= left {
				t.Errorf("%d attempts left", v.AttemptsLeft)
			}
			p.Script(c.action, nil)
			_, v = s.scanned(a, held, v, actor)
			mustView(t, v, nil, verification.Verified, "")
			picture, stated := c.asked(p.Body(c.action))
			sent, err := base64.StdEncoding.DecodeString(picture)
			if err != nil || stated != who.Name.Reveal() || !slices.ContainsFunc(actor.pictures, func(p []byte) bool { return bytes.Equal(p, sent) }) {
				t.Errorf("what was sent is no frame of the capture (%d bytes), or of %q", len(sent), stated)
			}
			if refused := p.Refused(); len(refused) > 0 {
				t.Errorf("signatures were refused: %v", refused)
			}
			mustHide(t, "the log", s.log.String(), []string{who.Name.Reveal(), who.Number.Reveal(), picture[:64]})
		})
	}
}
