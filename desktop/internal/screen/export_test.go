package screen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"realname.example/desktop/internal/flow/flowtest"
	"realname.example/shared/api"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

func TestAnExportIsNotOfferedWithoutAPassword(t *testing.T) {
	a := open(t, sentences.English, ui.LightScheme, wide)
	a.backend.User.Password = false
	a.enter()
	a.tap(sentences.T("pc.data"))
	if a.shows(sentences.T("pc.export")) {
		t.Error("it is offered")
	}
}

func TestAllDataIsExportedAfterThePassword(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := signedIn(t, l)
		who := &api.ExportIdentity{CertificateType: "cn_id", Name: "张伟<script>", Number: "110100199003070111", Mobile: "13800000001"}
		a.backend.Whole = api.Export{
			Server: "Test", MadeAt: flowtest.Start(), Verified: who,
			Verifications: []api.ExportVerification{{
				ID: "v1", Method: verification.Mobile, Status: verification.Verified, BegunAt: flowtest.Start(), Stated: who,
				Pictures: []api.ExportPicture{{Picture: verification.Selfie, At: flowtest.Start(), JPEG: []byte("jpeg")}},
			}},
			Events: []api.Record{{At: flowtest.Start(), Event: "verified"}},
		}
		a.tap(sentences.T("pc.data"))
		a.taps("pc.export")
		a.sees(sentences.T("pc.export.why"))
		a.press(fyne.KeyReturn)
		a.sees(sentences.T("pc.signin.password.missing"))
		for name, key := range map[string]string{"realname-data.html": "pc.export.page", "realname-data.json": "pc.export.json"} {
			if !a.shows(sentences.T("pc.export.why")) {
				a.taps("pc.export")
			}
			a.types("pc.signin.password", "sandbox-demo")
			a.taps(key)
			a.taps("pc.save")
			text, err := os.ReadFile(filepath.Join(a.folder, name))
			if err != nil || !strings.Contains(string(text), "110100199003070111") || strings.Contains(string(text), "<script>") {
				t.Errorf("%s: %s %v", name, text, err)
			}
		}
	})
}
