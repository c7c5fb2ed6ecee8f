package identity_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"realname.example/shared/identity"
)

func TestParseNumberAcceptsWhatPeopleType(t *testing.T) {
	for typed, want := range map[string]string{
		"11010519491231002X":     "11010519491231002X",
		"11010519491231002x":     "11010519491231002X",
		" 110105 19491231 002x ": "11010519491231002X",
		"１１０１０５１９４９１２３１００２Ｘ":   "11010519491231002X",
		"１１０１０５　１９４９１２３１　００２ｘ": "11010519491231002X",
		"810000199408230021":             "810000199408230021",
		"830000199201300022":             "830000199201300022",
		"110100199003070111":             "110100199003070111",
		"110100199003070111\r\n":         "110100199003070111",
		"\u202a11010519491231002Ⅹ\u202c": "11010519491231002X",
		"\ufeff11010519491231002ⅹ":       "11010519491231002X",
		"11010519491231002Х":             "11010519491231002X", // Cyrillic
		"11010519491231002х":             "11010519491231002X",
		"11010519491231002Χ":             "11010519491231002X", // Greek
		"11010519491231002χ":             "11010519491231002X",
		"11010519491231002×":             "11010519491231002X",
		"1101\u200b0519491231002X\ufe0f": "11010519491231002X",
		"\t110100199302290\u00a0":        "",
	} {
		n, err := identity.ParseNumberOf(identity.CNID, typed)
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
		"":                     identity.CauseMissing,
		"   ":                  identity.CauseMissing,
		"110105491231002":      identity.CauseOldForm,
		"1101051949123100":     identity.CauseTooShort,
		"11010519491231002X1":  identity.CauseCharacters,
		"1101051949123100211":  identity.CauseTooLong,
		"110105194912310021":   identity.CauseCheckCharacter,
		"X10105194912310021":   identity.CauseCharacters,
		"11010519491231OO2X":   identity.CauseCharacters,
		"1.10100199003E+17":    identity.CauseSpreadsheet,
		"1.1010019900307e+017": identity.CauseSpreadsheet, // LibreOffice 7.4
		"１.１０１００１９９００３Ｅ＋１７": identity.CauseSpreadsheet,
		"110100199003070000":           identity.CauseSpreadsheet,
		"110100199003071":              identity.CauseOldForm,
		withCheck("11010019930229001"): identity.CauseBirthDate,
		withCheck("11010019931301001"): identity.CauseBirthDate,
		withCheck("11010000000101001"): identity.CauseBirthDate,
	} {
		_, err := identity.ParseNumberOf(identity.CNID, typed)
		if got := identity.CauseOf(err); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}

func TestCheckAgeCountsDaysInChina(t *testing.T) {
	n, err := identity.ParseNumberOf(identity.CNID, withCheck("11010020120601001"))
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

func TestNumbersOfEveryCertificateType(t *testing.T) {
	for _, test := range []struct {
		kind  identity.CertificateType
		typed string
		want  string
		cause identity.Cause
		other identity.CertificateType
	}{
		{identity.CNID, "110100199003070111", "110100199003070111", "", ""},
		{identity.CNID, "810000199408230021", "810000199408230021", "", ""}, // whoever checks takes both
		{identity.CNID, "932682198501010017", "", identity.CauseOtherType, identity.ForeignerPR},
		{identity.CNID, "H12345678", "", identity.CauseOtherType, identity.HMPermit},
		{identity.CNID, "12345678", "", identity.CauseOtherType, identity.TWPermit},
		{identity.HMTResidence, "810000199408230021", "810000199408230021", "", ""},
		{identity.HMTResidence, "820000199408230029", "", identity.CauseCheckCharacter, ""},
		{identity.HMTResidence, "830000199201300022", "830000199201300022", "", ""},
		{identity.HMTResidence, "110100199003070111", "", identity.CauseOtherType, identity.CNID},
		{identity.ForeignerPR, "932682198501010017", "932682198501010017", "", ""},
		{identity.ForeignerPR, "911124198108030024", "911124198108030024", "", ""},
		{identity.ForeignerPR, "110100199003070111", "", identity.CauseOtherType, identity.CNID},
		{identity.HMPermit, "h12345678", "H12345678", "", ""},
		{identity.HMPermit, "M1234567801", "M12345678", "", ""}, // an old card's two more
		{identity.HMPermit, "A12345678", "", identity.CauseCharacters, ""},
		{identity.HMPermit, "H1234567", "", identity.CauseTooShort, ""},
		{identity.HMPermit, "12345678", "", identity.CauseOtherType, identity.TWPermit},
		{identity.TWPermit, "１２３４５６７８", "12345678", "", ""},
		{identity.TWPermit, "1234567", "", identity.CauseTooShort, ""},
		{identity.TWPermit, "H12345678", "", identity.CauseOtherType, identity.HMPermit},
		{identity.Passport, "e 1234 5678", "E12345678", "", ""},
		{identity.Passport, "L01X00T47", "L01X00T47", "", ""},
		{identity.Passport, "E1-234", "", identity.CauseCharacters, ""},
		{identity.Passport, "E123", "", identity.CauseTooShort, ""},
		{identity.Passport, "E12345678901234567", "", identity.CauseTooLong, ""},
		{identity.Passport, "", "", identity.CauseMissing, ""},
		{identity.Passport, "A1234", "A1234", "", ""},
		{identity.Passport, "E1234567890123456", "E1234567890123456", "", ""}, // seventeen
		{identity.HMPermit, "H1234567890", "H12345678", "", ""},
		{identity.HMPermit, "H123456789", "", identity.CauseTooLong, ""},
		{identity.TWPermit, "123456789", "", identity.CauseTooLong, ""},
		{identity.HMTResidence, withCheck("82000019940823002"), withCheck("82000019940823002"), "", ""},
		{identity.CNID, "ABCDE", "", identity.CauseCharacters, ""}, // what nearly anything is, a passport, is not guessed
	} {
		got, err := identity.ParseNumberOf(test.kind, test.typed)
		var refused *identity.Error
		errors.As(err, &refused)
		switch {
		case test.cause == "" && (err != nil || got.Text() != test.want):
			t.Errorf("%s %q: got %q, %v; want %q", test.kind, test.typed, got.Text(), err, test.want)
		case test.cause != "" && (refused == nil || refused.Cause != test.cause || test.other != "" && refused.Detail != string(test.other)):
			t.Errorf("%s %q: got %v, want %s %s", test.kind, test.typed, err, test.cause, test.other)
		}
	}
}

// Numbers that libraries of this field refuse, and real people have.
func TestNumbersThatOthersRefuseAreTaken(t *testing.T) {
	for _, typed := range []string{
		"810000199408230021",           // id-validator 1.3.0 (npm)
		"11010519491231002x",           // idcard 4.2.0
		"830000199201300022",           // validator 13.15
		withCheck("43041919900101001"), // id-validator v1.3.0 (Go), a county of Hunan
		withCheck("32111919900101001"), // the same, a city of Jiangsu
	} {
		if _, err := identity.ParseNumberOf(identity.CNID, typed); err != nil {
			t.Errorf("%s: %v", typed, err)
		}
	}
}

func TestKeysTellTypesApartWhereFormsDoNot(t *testing.T) {
	key := func(kind identity.CertificateType, typed string) string {
		n, err := identity.ParseNumberOf(kind, typed)
		if err != nil {
			t.Fatal(err)
		}
		return identity.KeyOf(kind, n.Text())
	}
	if key(identity.TWPermit, "12345678") == key(identity.Passport, "12345678") {
		t.Error("a permit and a passport are one")
	}
	if key(identity.CNID, "810000199408230021") != key(identity.HMTResidence, "810000199408230021") {
		t.Error("one number under two types is two people")
	}
}

// The first two are printed in ICAO 9303, parts 3 and 4.
func TestTheMachineReadableZoneHasANumberAndItsCheckDigit(t *testing.T) {
	for number, want := range map[string]string{
		"L898902C3": "L898902C36", "D23145890": "D231458907", "AB2134": "AB2134<<<5", "C01X00T47": "C01X00T478",
		"E1234567890": "", "": "",
	} {
		if got := identity.MachineReadable(number); got != want {
			t.Errorf("%q: got %q, want %q", number, got, want)
		}
	}
}

func TestUnknownRegionIsAHintOnly(t *testing.T) {
	n, err := identity.ParseNumberOf(identity.CNID, withCheck("99000019900101001"))
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	if n.RegionKnown() {
		t.Error("region 99 is said to be known")
	}
	if n, _ := identity.ParseNumberOf(identity.CNID, "110100199003070111"); !n.RegionKnown() {
		t.Error("region 11 is said to be unknown")
	}
}

func TestParseName(t *testing.T) {
	for typed, want := range map[string]string{
		"张伟":                 "张伟",
		"  张伟\u3000":         "张伟",
		"杨䮌":                 "杨䮌",
		"买买提·艾力":             "买买提·艾力",
		"买买提•艾力":             "买买提·艾力",
		"买买提・艾力":             "买买提·艾力",
		"买买提．艾力":             "买买提·艾力",
		"买买提.艾力":             "买买提·艾力",
		"\ufa19木":            "神木", // a compatibility ideograph, unified by NFC
		"𠮷野":                 "𠮷野",
		"张\u200b伟":           "张伟",
		"张\U000e0100伟\ufe0f": "张伟",
		"张\u202e伟":           "张伟",
		"\ufeff张伟":           "张伟",
		"张　一":                "张一",
		"张 伟":                "张伟",
		"\ue863雪":            "䶮雪", // the private code of GBK FE9F
		"\ue81e天":            "龴天", // and of eight that GB 18030-2005 left private
		"\ue826天":            "龵天",
		"\ue82b天":            "龶天",
		"\ue82c天":            "龷天",
		"\ue832天":            "龸天",
		"\ue843天":            "龹天",
		"\ue854天":            "龺天",
		"\ue864天":            "龻天",
		"\ue816天":            "\U00020087天", // and six that are still swapped
		"\ue817天":            "\U00020089天",
		"\ue818天":            "\U000200cc天",
		"\ue831天":            "\U000215d7天",
		"\ue83b天":            "\U0002298f天",
		"\ue855天":            "\U000241fe天",
		"孙⼦":                 "孙子",  // a Kangxi radical
		"⻩小⻩":                "黄小黄", // of the supplement, which NFKC leaves
		"⻢力":                 "马力",
		"\uf92c平":            "郎平", // compatibility ideographs
		"\uf9b7泉":            "醴泉",
		"\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27\ufa28\ufa29": "\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27\ufa28\ufa29",
		"\U0002ebf0\U0002ee5d":           "\U0002ebf0\U0002ee5d", // extension I
		"\U000323b0\U00033479":           "\U000323b0\U00033479", // extension J
		"买买提 · 艾力":                       "买买提·艾力",
		"买买提　．　艾力":                       "买买提·艾力",
		"买买提⸱艾力":                         "买买提·艾力",
		"买买提﹒艾力":                         "买买提·艾力",
		"买买提。艾力":                         "买买提·艾力",
		"买买提｡艾力":                         "买买提·艾力",
		"买买提●艾力":                         "买买提·艾力",
		"买买提˙艾力":                         "买买提·艾力",
		"买买提ꞏ艾力":                         "买买提·艾力",
		"买买提᛫艾力":                         "买买提·艾力",
		strings.Repeat("\U00030000", 50): strings.Repeat("\U00030000", 50),
	} {
		if got, err := identity.ParseName(typed); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", typed, got, err, want)
		}
	}
	for typed, want := range map[string]identity.Cause{
		"":                               identity.CauseMissing,
		"张":                              identity.CauseTooShort,
		strings.Repeat("张", 51):          identity.CauseTooLong,
		"买买提··艾力":                        identity.CauseInterpunct,
		"·艾力":                            identity.CauseInterpunct,
		"艾力.":                            identity.CauseInterpunct,
		"Zhang Wei":                      identity.CauseCharacters,
		"张伟1":                            identity.CauseCharacters,
		"张 小伟":                           identity.CauseCharacters,
		"张 ·":                            identity.CauseInterpunct,
		"张\ue000":                        identity.CauseCharacters, // private, and nobody's
		"⺀天":                             identity.CauseCharacters, // a radical that stands for no character
		strings.Repeat("\U00030000", 60): identity.CauseTooLong,
		"\u200b\ufeff":                   identity.CauseMissing,
	} {
		_, err := identity.ParseName(typed)
		if got := identity.CauseOf(err); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}

func TestNamesOfACertificateInLatinLetters(t *testing.T) {
	for typed, want := range map[string]string{
		"Anna  Müller-Lüdenscheidt": "ANNA MÜLLER-LÜDENSCHEIDT",
		"o’brien, ":                 "",
		"Sean O’Brien":              "SEAN O'BRIEN",
		"ＡＮＮＡ　ＭＡＲＩＡ":                "ANNA MARIA",
		"\ue7c7ara":                 "ḾARA", // the private code of GBK A8BC
		"e\u0301va\u200b nagy":      "ÉVA NAGY",
		"张伟":                        "张伟",
		"Anna 张":                    "",
		"Анна":                      "",
		"A":                         "",
		"":                          "",
		"Anna3":                     "",
	} {
		got, err := identity.ParseNameOf(identity.Passport, typed)
		if (want == "") != (err != nil) || got != want {
			t.Errorf("%q: got %q, %v; want %q", typed, got, err, want)
		}
	}
	if _, err := identity.ParseNameOf(identity.CNID, "Anna Maria"); identity.CauseOf(err) != identity.CauseCharacters {
		t.Errorf("Latin letters on an ID card: %v", err)
	}
}

func TestAPrivateCharacterIsNamed(t *testing.T) {
	for typed, want := range map[string]string{
		"张\ue000": "U+E000", "\U000f0000伟": "U+F0000", "张伟1": "", "张": "", "张··伟": "",
		"张\ue78d": "", "张\ufe10": "", "张\ue796": "", // the ten signs of vertical writing are known, and no part of a name
	} {
		_, err := identity.ParseName(typed)
		var refused *identity.Error
		if !errors.As(err, &refused) || refused.Detail != want {
			t.Errorf("%q: %v names %q, want %q", typed, err, refused.Detail, want)
		}
	}
}

func TestEveryInvisibleCharacterIsDropped(t *testing.T) {
	for _, span := range [][2]rune{
		{0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x2064}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}, {0xAD, 0xAD}, {0xFE00, 0xFE0F}, {0xE0100, 0xE01EF},
	} {
		for r := span[0]; r <= span[1]; r++ {
			name, err := identity.ParseName(string([]rune{r, '张', r, '伟', r}))
			if err != nil || name != "张伟" {
				t.Errorf("%U in a name: %q, %v", r, name, err)
			}
			number, err := identity.ParseNumberOf(identity.CNID, string(r)+"11010019900307"+string(r)+"0111")
			if err != nil || number.Text() != "110100199003070111" {
				t.Errorf("%U in a number: %q, %v", r, number.Text(), err)
			}
		}
	}
}

func TestAnOlderSpellingIsTheSameName(t *testing.T) {
	for name, older := range map[string]string{
		"龴天": "\ue81e天", "䶮龺龻": "\ue863\ue854\ue864", "\U00020087天": "\ue816天", "张伟": "张伟", "买买提·艾力": "买买提·艾力", "ANNA MARIA": "ANNA MARIA",
	} {
		got, differs := identity.OlderSpelling(name)
		if got != older || differs != (older != name) {
			t.Errorf("%q: %q, %v", name, got, differs)
		}
		if back, err := identity.ParseNameOf(identity.Passport, got); err != nil || back != name {
			t.Errorf("%q came back as %q, %v", name, back, err)
		}
	}
}

func TestEveryRadicalOfADictionaryIsItsCharacter(t *testing.T) {
	for r := rune(0x2F00); r <= 0x2FD5; r++ {
		want := "张" + norm.NFKC.String(string(r))
		if got, err := identity.ParseName("张" + string(r)); err != nil || got != want || strings.ContainsRune(got, r) {
			t.Errorf("%U: %q, %v; want %q", r, got, err, want)
		}
	}
}

// What an older version accepted is in normal form already, so that nothing
// stored has to be written again.
func TestEveryOlderFormIsItsOwnNormalForm(t *testing.T) {
	for r := rune(0x3000); r < 0x32000; r++ {
		if !unicode.Is(unicode.Han, r) || !unicode.IsLetter(r) {
			continue
		}
		older := norm.NFC.String(string([]rune{'张', r}))
		if got, err := identity.ParseName(older); err != nil || got != older {
			t.Fatalf("%U: %q became %q, %v", r, older, got, err)
		}
	}
}

// When this fails, Go knows the extension, and its range can go.
func TestGoLacksTheNewExtensions(t *testing.T) {
	for _, r := range []rune{0x2EBF0, 0x323B0} {
		if unicode.Is(unicode.Han, r) {
			t.Errorf("Go's tables (Unicode %s) have %U", unicode.Version, r)
		}
	}
}

func TestParseMobile(t *testing.T) {
	for typed, want := range map[string]string{
		"13800000001": "13800000001", "+86 138-0000-0001": "13800000001",
		"１３８０００００００１": "13800000001", "19912345678": "19912345678",
		"8613800000001": "13800000001", "0086 138 0000 0001": "13800000001", "(+86)13800000001": "13800000001",
		"（＋８６）１３８０００００００１": "13800000001", "+86-13800000001": "13800000001",
		// Prefixes that google-libphonenumber 3.2.47 and libphonenumber-js 1.12.9 call invalid or nobody's.
		"14912345678": "14912345678", "14812345678": "14812345678", "16112345678": "16112345678", "16212345678": "16212345678",
		"013800000001": "13800000001", "\u202d138\u00ad00000001\u202c": "13800000001", "138—0000—0001": "13800000001",
	} {
		if got, err := identity.ParseMobile(typed); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", typed, got, err, want)
		}
	}
	for typed, want := range map[string]identity.Cause{
		"": identity.CauseMissing, "1380000000": identity.CauseTooShort, "138000000011": identity.CauseTooLong,
		"12800000001": identity.CauseNotMainland, "23800000001": identity.CauseNotMainland,
		"+85291234567": identity.CauseNotMainland, "0085291234567": identity.CauseNotMainland, "++8613800000001": identity.CauseCharacters, "1380000000a": identity.CauseCharacters,
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
		identity.MaskNumber("E12345678"):          "E******78",
		identity.MaskNumber("12345678"):           "1*****78",
		identity.MaskNumber("A1234"):              "A**34",
		identity.MaskName("ANNA MARIA"):           "A*********",
		identity.MaskMobile("13800000001"):        "138****0001",
		identity.MaskEmail("zhang@example.org"):   "z***@example.org",
		identity.MaskEmail("张伟@example.org"):      "张***@example.org",
		identity.MaskEmail("@example.org"):        "***",
		identity.MaskEmail("no address"):          "***",
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
	for _, s := range []string{"11010519491231002X", "１１０", "110105491231002", "\x00", "99999999999999999X", "h12345678", "12345678", "e 1234 5678", "932682198501010017"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range identity.CertificateTypes() {
			n, err := identity.ParseNumberOf(kind, s)
			if err != nil {
				if identity.CauseOf(err) == "" {
					t.Fatalf("%s %q: error without cause: %v", kind, s, err)
				}
				continue
			}
			again, err := identity.ParseNumberOf(kind, n.Text())
			if err != nil || again != n || len(n.Text()) < 5 || len(n.Text()) > 18 {
				t.Fatalf("%s %q: parsed to %q, which parses to %q, %v", kind, s, n.Text(), again.Text(), err)
			}
			identity.MachineReadable(n.Text())
		}
	})
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"张伟", "买买提·艾力", "\ufa19.", "·", "\xff", "o’brien", "ＡＮＮＡ", "e\u0301va", "\ue7c7"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range []identity.CertificateType{identity.CNID, identity.Passport} {
			roundTrip(t, s, func(s string) (string, error) { return identity.ParseNameOf(kind, s) })
		}
	})
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
