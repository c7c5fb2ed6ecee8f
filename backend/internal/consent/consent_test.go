package consent_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"realname.example/backend/internal/consent"
	"realname.example/backend/internal/verify"
)

func TestPeopleReadTheirLanguage(t *testing.T) {
	for wanted, language := range map[string]string{
		"": "zh", "zh": "zh", "zh-CN,zh;q=0.9,en;q=0.8": "zh", "en": "en", "en-GB": "en", "fr": "zh", "fr,en;q=0.5": "en", "; nonsense": "zh",
	} {
		text, err := consent.For("registry").Show(verify.PurposeFace, wanted)
		if err != nil || text.Language != language || text.Version != "face-2" || strings.Count(text.Text, "\n\n") != 3 {
			t.Errorf("%q: %+v, %v", wanted, text, err)
		}
	}
}

func TestUnknownOnesHaveNoText(t *testing.T) {
	if _, err := consent.For("registry").Show("marketing", "en"); !errors.Is(err, consent.ErrUnknown) {
		t.Error(err)
	}
	for _, version := range []string{"", "face-9", "../texts/face-2", "face-2.en"} {
		if _, err := consent.Find(version, "en"); !errors.Is(err, consent.ErrUnknown) {
			t.Errorf("%q: %v", version, err)
		}
	}
}

// TestATextThatWasShownStays: who changes a word makes a version.
func TestATextThatWasShownStays(t *testing.T) {
	for version, want := range map[string]string{
		"face-2 zh": "9ed71b75", "face-2 en": "3a007086", "mobile-1 zh": "9e5b07df", "mobile-1 en": "ba5f5206",
		"review-1 zh": "3615c2af", "review-1 en": "c7196d80",
		"face-tencent-1 zh": "3b28e92b", "face-tencent-1 en": "1f259b1f", "face-aliyun-1 zh": "0010dee1", "face-aliyun-1 en": "80057d91",
	} {
		name, language, _ := strings.Cut(version, " ")
		text, err := consent.Find(name, language)
		sum := sha256.Sum256([]byte(text.Text))
		if got := hex.EncodeToString(sum[:4]); err != nil || got != want {
			t.Errorf("%s: %s, %v", version, got, err)
		}
	}
}

// Who a picture goes to is said by name before it goes there, and to no other.
func TestTheTextNamesWhoComparesTheFace(t *testing.T) {
	for portraits, names := range map[string][2]string{"tencent": {"腾讯云", "Tencent Cloud"}, "aliyun": {"阿里云", "Alibaba Cloud"}} {
		texts := consent.For(portraits)
		for i, language := range []string{"zh", "en"} {
			text, err := texts.Show(verify.PurposeFace, language)
			if err != nil || text.Version != texts.Current(verify.PurposeFace) || !strings.Contains(text.Text, names[i]) || strings.Contains(text.Text, "this service only") || strings.Contains(text.Text, "只发送给该服务") {
				t.Errorf("%s %s: %+v, %v", portraits, language, text, err)
			}
		}
		if consent.For(portraits).Current(verify.PurposeMobile) != consent.For("registry").Current(verify.PurposeMobile) {
			t.Errorf("%s changes another text", portraits)
		}
	}
}
