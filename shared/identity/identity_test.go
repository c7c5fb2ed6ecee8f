package identity_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"realname.example/shared/identity"
)

func TestParseNumberAcceptsWhatPeopleType(t *testing.T) {
	for typed, want := range map[string]string{
		"11010519491231002X":     "11010519491231002X",
		"11010519491231002x":     "11010519491231002X",
		" 110105 19491231 002x ": "11010519491231002X",
		"１１０１０５１９４９１２３１００２Ｘ":   "11010519491231002X",
		"１１０１０５　１９４９１２３１　００２ｘ": "11010519491231002X",
		"810000199408230021":      "810000199408230021",
		"830000199201300022":      "830000199201300022",
		"110100199003070111":      "110100199003070111",
		"110100199003070111\r\n":  "110100199003070111",
		"\t110100199302290\u00a0": "",
	} {
		n, err := identity.ParseNumber(typed)
		if want == "" {
			if err == nil {
				t.Errorf("%q: accepted", typed)
			}
			continue
		}
		if err != nil || n.Text() != want {
			t.Errorf("%q: got %q, %v; want %q", typed, n.Text(), err, want)
		}
	}
}

func TestParseNumberNamesTheCause(t *testing.T) {
	for typed, want := range map[string]identity.Cause{
		"":                             identity.CauseMissing,
		"   ":                          identity.CauseMissing,
		"110105491231002":              identity.CauseOldForm,
		"1101051949123100":             identity.CauseTooShort,
		"11010519491231002X1":          identity.CauseCharacters,
		"1101051949123100211":          identity.CauseTooLong,
		"110105194912310021":           identity.CauseCheckCharacter,
		"X10105194912310021":           identity.CauseCharacters,
		"11010519491231OO2X":           identity.CauseCharacters,
		withCheck("11010019930229001"): identity.CauseBirthDate,
		withCheck("11010019931301001"): identity.CauseBirthDate,
		withCheck("11010000000101001"): identity.CauseBirthDate,
	} {
		_, err := identity.ParseNumber(typed)
		if got := identity.CauseOf(err); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}

func TestCheckAgeCountsDaysInChina(t *testing.T) {
	n, err := identity.ParseNumber(withCheck("11010020120601001"))
	if err != nil {
		t.Fatal(err)
	}
	china := time.FixedZone("CST", 8*3600)
	for _, c := range []struct {
		now  time.Time
		want identity.Cause
	}{
		{time.Date(2012, 5, 31, 12, 0, 0, 0, china), identity.CauseBirthFuture},
		{time.Date(2026, 5, 31, 23, 59, 0, 0, china), identity.CauseUnderage},
		{time.Date(2026, 5, 31, 16, 0, 0, 0, time.UTC), ""}, // already 1 June in China
		{time.Date(2026, 6, 1, 0, 0, 0, 0, china), ""},
	} {
		if got := identity.CauseOf(n.CheckAge(c.now)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.now, got, c.want)
		}
	}
}

func TestUnknownRegionIsAHintOnly(t *testing.T) {
	n, err := identity.ParseNumber(withCheck("99000019900101001"))
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	if n.RegionKnown() {
		t.Error("region 99 is said to be known")
	}
	if n, _ := identity.ParseNumber("110100199003070111"); !n.RegionKnown() {
		t.Error("region 11 is said to be unknown")
	}
}

func TestParseName(t *testing.T) {
	for typed, want := range map[string]string{
		"张伟":         "张伟",
		"  张伟\u3000": "张伟",
		"杨䮌":         "杨䮌",
		"买买提·艾力":     "买买提·艾力",
		"买买提•艾力":     "买买提·艾力",
		"买买提・艾力":     "买买提·艾力",
		"买买提．艾力":     "买买提·艾力",
		"买买提.艾力":     "买买提·艾力",
		"\ufa19木":    "神木", // a compatibility ideograph, unified by NFC
		"𠮷野":         "𠮷野",
	} {
		if got, err := identity.ParseName(typed); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", typed, got, err, want)
		}
	}
	for typed, want := range map[string]identity.Cause{
		"":                      identity.CauseMissing,
		"张":                     identity.CauseTooShort,
		strings.Repeat("张", 51): identity.CauseTooLong,
		"买买提··艾力":               identity.CauseInterpunct,
		"·艾力":                   identity.CauseInterpunct,
		"艾力.":                   identity.CauseInterpunct,
		"Zhang Wei":             identity.CauseCharacters,
		"张伟1":                   identity.CauseCharacters,
		"张 伟":                   identity.CauseCharacters,
		"张伟\u202e":              identity.CauseCharacters,
	} {
		_, err := identity.ParseName(typed)
		if got := identity.CauseOf(err); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}

func TestParseMobile(t *testing.T) {
	for typed, want := range map[string]string{
		"13800000001": "13800000001", "+86 138-0000-0001": "13800000001",
		"１３８０００００００１": "13800000001", "19912345678": "19912345678",
	} {
		if got, err := identity.ParseMobile(typed); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", typed, got, err, want)
		}
	}
	for typed, want := range map[string]identity.Cause{
		"": identity.CauseMissing, "1380000000": identity.CauseTooShort, "138000000011": identity.CauseTooLong,
		"12800000001": identity.CauseNotMainland, "23800000001": identity.CauseNotMainland,
		"+85291234567": identity.CauseNotMainland, "1380000000a": identity.CauseCharacters,
	} {
		_, err := identity.ParseMobile(typed)
		if got := identity.CauseOf(err); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
	if !identity.VirtualOperator("17012345678") || identity.VirtualOperator("13800000001") {
		t.Error("virtual operators are told wrongly")
	}
}

func TestMasksKeepWhatAPersonRecognises(t *testing.T) {
	for got, want := range map[string]string{
		identity.MaskName("张伟"):                   "张*",
		identity.MaskName("买买提·艾力"):               "买*****",
		identity.MaskName(""):                     "",
		identity.MaskNumber("110100199003070111"): "110***********0111",
		identity.MaskMobile("13800000001"):        "138****0001",
		identity.MaskMobile("123"):                "***",
		identity.MaskUsername("zhangsanu"):        "zh***u",
		identity.MaskUsername("ab"):               "a***",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPIINeverPrintsItself(t *testing.T) {
	const canary = "张伟110100199003070111"
	p := identity.NewPII(canary)
	type holder struct {
		Who identity.PII
		Ptr *identity.PII
	}
	h := holder{p, &p}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "who", p, "holder", h)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "who", p, "holder", h)
	encoded, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{
		fmt.Sprint(p), fmt.Sprintf("%s %v %+v %#v %q %x %d", p, p, h, h, p, p, p), p.GoString(), p.String(),
		log.String(), string(encoded), fmt.Errorf("refused %v", h).Error(),
	} {
		if strings.Contains(out, "110100") || strings.Contains(out, "张") || strings.Contains(out, "e5bca0") {
			t.Errorf("personal data in %q", out)
		}
	}
	if p.Reveal() != canary {
		t.Error("Reveal lost the value")
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"11010519491231002X", "１１０", "110105491231002", "\x00", "99999999999999999X"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := identity.ParseNumber(s)
		if err != nil {
			if identity.CauseOf(err) == "" {
				t.Fatalf("%q: error without cause: %v", s, err)
			}
			return
		}
		again, err := identity.ParseNumber(n.Text())
		if err != nil || again != n || len(n.Text()) != 18 {
			t.Fatalf("%q: parsed to %q, which parses to %q, %v", s, n.Text(), again.Text(), err)
		}
	})
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"张伟", "买买提·艾力", "\ufa19.", "·", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { roundTrip(t, s, identity.ParseName) })
}

func FuzzParseMobile(f *testing.F) {
	for _, s := range []string{"13800000001", "+8613800000001", "++86", "-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { roundTrip(t, s, identity.ParseMobile) })
}

// roundTrip checks that what a parser accepts is what it gives back.
func roundTrip(t *testing.T, s string, parse func(string) (string, error)) {
	t.Helper()
	got, err := parse(s)
	if err != nil {
		if identity.CauseOf(err) == "" {
			t.Fatalf("%q: error without cause: %v", s, err)
		}
		return
	}
	if again, err := parse(got); err != nil || again != got {
		t.Fatalf("%q: parsed to %q, which parses to %q, %v", s, got, again, err)
	}
}

func withCheck(digits string) string {
	return digits + string(identity.CheckCharacter(digits))
}
