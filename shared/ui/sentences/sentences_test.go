package sentences_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"realname.example/shared/client"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/ui/sentences"
	"realname.example/shared/verification"
)

func load(t *testing.T, l sentences.Language) map[string]string {
	t.Helper()
	data, err := os.ReadFile("app." + string(l) + ".json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// inEach runs a test in every language.
func inEach(t *testing.T, test func(t *testing.T, l sentences.Language)) {
	t.Helper()
	for _, l := range sentences.Languages() {
		t.Run(string(l), func(t *testing.T) {
			if err := sentences.Use(l); err != nil {
				t.Fatal(err)
			}
			test(t, l)
		})
	}
}

var placeholder = regexp.MustCompile(`{{[^}]*}}`)

func TestBothLanguagesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	english, chinese := load(t, sentences.English), load(t, sentences.Chinese)
	for key, text := range english {
		other, ok := chinese[key]
		if !ok {
			t.Errorf("%s is missing in Chinese", key)
			continue
		}
		a, b := placeholder.FindAllString(text, -1), placeholder.FindAllString(other, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s: placeholders %v and %v", key, a, b)
		}
	}
	for key := range chinese {
		if _, ok := english[key]; !ok {
			t.Errorf("%s is missing in English", key)
		}
	}
}

func TestNoSentenceIsEmptyOrShouts(t *testing.T) {
	for _, l := range sentences.Languages() {
		for key, text := range load(t, l) {
			if strings.TrimSpace(text) == "" || strings.ContainsAny(text, "!！") {
				t.Errorf("%s in %s: %q", key, l, text)
			}
		}
	}
}

// said fails for a text that is a raw key, or in the wrong script.
func said(t *testing.T, l sentences.Language, what, text string) {
	t.Helper()
	han := strings.ContainsFunc(text, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff })
	if text == "" || text == what || strings.Contains(text, "{{") || strings.Contains(text, "<no value>") || han != (l == sentences.Chinese) {
		t.Errorf("%s says %q", what, text)
	}
}

func TestEveryStatusMethodAndReasonHasASentence(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		for _, s := range verification.Statuses() {
			said(t, l, "status."+string(s), sentences.Status(s))
			said(t, l, "status."+string(s)+".who", sentences.Who(s))
			for _, m := range []verification.Method{verification.Mobile, verification.Face, verification.Affiliate} {
				said(t, l, "method."+string(m), sentences.Method(m))
				for _, r := range append(verification.Reasons(), "") {
					said(t, l, "reason."+string(r), sentences.Explain(s, m, r))
				}
			}
		}
	})
}

func TestEveryProblemHasASentence(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		for _, c := range problem.Codes() {
			text := sentences.Error(&problem.Problem{Code: c})
			said(t, l, "problem."+string(c), text)
			if text == sentences.T("error.unknown") {
				t.Errorf("%s has no words of its own", c)
			}
		}
		for _, cause := range []string{"frame_seen", "frame_form", "frame_times"} {
			text := sentences.Error(&problem.Problem{Code: problem.EvidenceInvalid, Errors: []problem.FieldError{{Cause: cause}}})
			said(t, l, cause, text)
			if text == sentences.Error(&problem.Problem{Code: problem.EvidenceInvalid}) {
				t.Errorf("%s has no words of its own", cause)
			}
		}
		for _, cause := range []string{
			"format", "pixels", "small", "damaged", "no_face", "many_faces", "closer", "farther", "more_light", "less_light", "glare",
			"blurred", "turned", "covered", "corners",
		} {
			text := sentences.Error(&problem.Problem{Code: problem.PictureInvalid, Errors: []problem.FieldError{{Cause: cause}}})
			said(t, l, cause, text)
			if text == sentences.Error(&problem.Problem{Code: problem.PictureInvalid}) {
				t.Errorf("%s has no words of its own", cause)
			}
		}
		for _, p := range verification.AllPictures() {
			said(t, l, "picture."+string(p), sentences.Picture(p))
		}
		said(t, l, "a newer code", sentences.Error(&problem.Problem{Code: "newer"}))
		for _, err := range []error{
			&client.UnreachableError{Err: errors.New("x")}, &client.KeyUnknownError{}, &client.KeyChangedError{}, errors.New("x"),
		} {
			said(t, l, err.Error(), sentences.Error(err))
		}
		seen := map[string]bool{}
		for _, inside := range []error{
			&client.ForeignError{Kind: client.TooLarge}, &client.ForeignError{Kind: client.Gateway}, &client.ForeignError{Kind: client.Portal},
			&client.ForeignError{Kind: client.Page}, &client.CertificateError{Fault: client.Expired}, &client.CertificateError{Fault: client.NotYetValid},
			&client.CertificateError{Fault: client.OtherName}, &client.CertificateError{Fault: client.UnknownAuthority},
			&client.CertificateError{Fault: client.Unusable}, errors.New("no route"),
		} {
			text := sentences.Error(&client.UnreachableError{Err: inside})
			said(t, l, inside.Error(), text)
			if seen[text] || strings.HasPrefix(text, "error.") {
				t.Errorf("%v has no sentence of its own: %s", inside, text)
			}
			seen[text] = true
		}
	})
}

// events and parties are those of the backend's audit trail.
var (
	events = []string{
		"begun", "code_sent", "code_undelivered", "code_wrong", "code_right", "carrier_asked", "carrier_away", "risk", "ticket_made", "claimed",
		"claim_forbidden", "number_right", "consented", "declined", "phone_revoked", "challenged", "evidence",
		"evidence_refused", "portrait_asked", "judged", "engine_away", "review_asked", "picture_received", "pictures_declined", "reviewed", "affiliate_asked", "answer_refused", "verified", "rejected",
		"expired", "cancelled", "erased", "password_code_sent", "password_reset",
		"move_asked", "move_objected", "moved", "move_failed", "exported", "granted", "grant_revoked",
	}
	parties = []string{"carrier", "sms", "affiliate:mall", "affiliate:finance", "face", "operator", "portraits", "email", "code"}
)

func TestEveryEventAndPartyHasWords(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		for _, e := range events {
			said(t, l, e, sentences.Event(e))
			if sentences.Event(e) == sentences.T("event.other") {
				t.Errorf("%s has no words of its own", e)
			}
		}
		said(t, l, "a newer event", sentences.Event("newer"))
		for _, p := range parties {
			said(t, l, p, sentences.Party(p))
		}
		if got := sentences.Party("7c1f"); got != "" {
			t.Errorf("an unknown party is called %q", got)
		}
	})
}

func TestEveryCodeThatDidNotArriveHasASentence(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		seen := map[string]bool{}
		for _, why := range verification.UndeliveredReasons() {
			text := sentences.Undelivered(why)
			said(t, l, string(why), text)
			if seen[text] {
				t.Errorf("%s has no sentence of its own: %s", why, text)
			}
			seen[text] = true
		}
		if got := sentences.Undelivered("newer"); got != sentences.Undelivered(verification.UndeliveredUnknown) {
			t.Errorf("a newer reason is %q", got)
		}
		if got := sentences.Undelivered(""); got != "" {
			t.Errorf("what may have arrived is %q", got)
		}
	})
}

// causes are those that each field's parser gives, and the carrier's unsupported.
var causes = map[identity.Field][]identity.Cause{
	identity.FieldCertificateType: {identity.CauseUnsupported},
	identity.FieldName: {
		identity.CauseMissing, identity.CauseTooShort, identity.CauseTooLong, identity.CauseCharacters,
		identity.CauseInterpunct, identity.CauseUnsupported,
	},
	identity.FieldNumber: {
		identity.CauseMissing, identity.CauseTooShort, identity.CauseTooLong, identity.CauseCharacters,
		identity.CauseOldForm, identity.CauseCheckCharacter, identity.CauseSpreadsheet, identity.CauseOtherType, identity.CauseBirthDate, identity.CauseBirthFuture,
		identity.CauseUnderage, identity.CauseUnsupported,
	},
	identity.FieldMobile: {
		identity.CauseMissing, identity.CauseTooShort, identity.CauseTooLong, identity.CauseCharacters,
		identity.CauseNotMainland, identity.CauseUnsupported, identity.CauseBlocked,
	},
}

// detailOf is what goes with a cause, where something does.
func detailOf(c identity.Cause) string {
	if c == identity.CauseOtherType {
		return string(identity.Passport)
	}
	return ""
}

func TestEveryCauseHasASentenceAtItsField(t *testing.T) {
	covered := map[identity.Cause]bool{}
	inEach(t, func(t *testing.T, l sentences.Language) {
		for field, list := range causes {
			for _, c := range list {
				covered[c] = true
				text := sentences.Cause(field, c, detailOf(c))
				said(t, l, string(c), text)
				if text == sentences.T("cause.other") {
					t.Errorf("%s at %s has no words of its own", c, field)
				}
			}
		}
		said(t, l, "a newer cause", sentences.Cause(identity.FieldName, "newer", ""))
		private := sentences.Cause(identity.FieldName, identity.CauseCharacters, "U+E000")
		said(t, l, "a private character", private)
		if !strings.Contains(private, "U+E000") {
			t.Errorf("%q does not say which character", private)
		}
	})
	for _, c := range identity.Causes() {
		if !covered[c] {
			t.Errorf("cause %s is in no field", c)
		}
	}
}

func TestEveryActionAndStepHasASentence(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		for _, a := range verification.Actions() {
			said(t, l, "face."+string(a), sentences.Action(a))
		}
		for _, s := range []verification.Step{
			verification.StepNumber, verification.StepConsent, verification.StepCamera, verification.StepCameraBlocked,
			verification.StepAction, verification.StepSending,
		} {
			said(t, l, "step."+string(s), sentences.Step(s))
		}
		for _, c := range identity.CertificateTypes() {
			said(t, l, "certificate."+string(c), sentences.Certificate(string(c)))
			_, err := identity.ParseNumberOf(c, "-")
			var refused *identity.Error
			if !errors.As(err, &refused) {
				t.Fatal(err)
			}
			said(t, l, "form of "+string(c), sentences.Cause(refused.Field, refused.Cause, refused.Detail))
		}
	})
}

func TestTheReferenceFlowsSentenceIsKept(t *testing.T) {
	want := map[sentences.Language]string{
		sentences.English: "My mobile phone number is inconsistent with my identity information",
		sentences.Chinese: "我的手机号与身份信息不一致",
	}
	inEach(t, func(t *testing.T, l sentences.Language) {
		got := sentences.Explain(verification.Rejected, verification.Mobile, verification.MobileMismatch)
		if !strings.HasPrefix(got, want[l]) {
			t.Errorf("says %q", got)
		}
	})
}

func TestDurationsAreSaidInOneUnit(t *testing.T) {
	if err := sentences.Use(sentences.English); err != nil {
		t.Fatal(err)
	}
	for d, want := range map[time.Duration]string{
		0: "a moment", -time.Second: "a moment", 41500 * time.Millisecond: "42 s", 5 * time.Minute: "5 min",
		3 * time.Hour: "3 h", 7 * 24 * time.Hour: "7 days",
	} {
		if got := sentences.Duration(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestAMomentOfAnotherDayHasItsDate(t *testing.T) {
	if err := sentences.Use(sentences.English); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	if got := sentences.Moment(now.Add(time.Hour), now); got != "10:00" {
		t.Errorf("today is %q", got)
	}
	if got := sentences.Moment(now.Add(24*time.Hour), now); got != "24 Nov 2026, 09:00" {
		t.Errorf("tomorrow is %q", got)
	}
}

func TestAPlaceOfFilesHasItsName(t *testing.T) {
	if err := sentences.Use(sentences.Chinese); err != nil {
		t.Fatal(err)
	}
	// Those of dialog/file*.go in Fyne 2.7.1.
	for _, place := range []string{"App Files", "Computer", "Desktop", "Documents", "Downloads", "Home", "Movies", "Music", "Pictures", "Videos"} {
		if sentences.Place(place) == place {
			t.Errorf("%s has no name in Chinese", place)
		}
	}
	if got := sentences.Place("D:"); got != "D:" {
		t.Errorf("a drive is called %q", got)
	}
}

// families are keys that are put together from a value; the tests above go
// through every value. Keys without a dot are Fyne's own words.
var families = regexp.MustCompile(`^(consent|evidence|picture|status|reason|problem|error\.(foreign|certificate)|cause|face|step|method|certificate|sandbox\.outcome|file|event|party|place|undelivered|phone\.(reason|hint|camera))\.|^[^.]+$`)

var quoted = regexp.MustCompile("\"[a-z_]+(\\.[a-z0-9_]+)+\"")

func TestEveryOtherKeyIsUsedAndEveryUsedKeyExists(t *testing.T) {
	used := map[string]bool{}
	for _, module := range []string{"../..", "../../../desktop", "../../../mobile"} {
		err := filepath.WalkDir(module, func(path string, entry fs.DirEntry, err error) error {
			program := strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".html")
			if err != nil || entry.IsDir() || !program {
				return err
			}
			source, err := os.ReadFile(path)
			for _, key := range quoted.FindAllString(string(source), -1) {
				used[strings.Trim(key, `"`)] = true
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	all := load(t, sentences.English)
	for key := range all {
		if !families.MatchString(key) && !used[key] {
			t.Errorf("no program says %s", key)
		}
	}
	for key := range used {
		ours := strings.HasPrefix(key, "pc.") || strings.HasPrefix(key, "phone.")
		if _, ok := all[key]; ours && !ok {
			t.Errorf("there is no sentence %s", key)
		}
	}
}

// In a process of its own, since Fyne reads the system's locale once.
func TestEveryLocaleOfTheSystemHasSentences(t *testing.T) {
	if os.Getenv("REALNAME_SAY_IT") != "" {
		if err := sentences.Use(sentences.System()); err != nil {
			t.Fatal(err)
		}
		fmt.Println("says", sentences.T("app.name"))
		return
	}
	for locale, want := range map[string]string{
		"zh_CN.UTF-8": "实名认证", "zh_TW.UTF-8": "实名认证", "zh_HK.UTF-8": "实名认证", "zh_SG.UTF-8": "实名认证", "zh_MO.UTF-8": "实名认证",
		"en_US.UTF-8": "Realname", "de_DE.UTF-8": "Realname", "C.UTF-8": "Realname", "C": "Realname",
	} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
		cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
			return strings.HasPrefix(v, "LC_") || strings.HasPrefix(v, "LANG")
		}), "LANG="+locale, "REALNAME_SAY_IT=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "says "+want+"\n") {
			t.Errorf("%s: %v, %s", locale, err, out)
		}
	}
}

// The apps' font is a Chinese one: it draws these as wide as a Chinese character.
func TestEnglishHasNoSignsThatTheFontDrawsWide(t *testing.T) {
	for key, text := range load(t, sentences.English) {
		if i := strings.IndexAny(text, "‘’“”—"); i >= 0 {
			t.Errorf("%s: %q", key, text[i:])
		}
	}
}
