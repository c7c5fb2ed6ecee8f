package registry_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"realname.example/backend/internal/registry"
	"realname.example/shared/identity"
)

var now = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// read reads a file and takes all people out of it.
func read(file string, o registry.Options) ([]registry.Person, registry.Report, error) {
	o.Now = now
	all, report, err := registry.Read(context.Background(), strings.NewReader(file), o)
	if err != nil {
		return nil, report, err
	}
	var people []registry.Person
	for p, err := range all {
		if err != nil {
			return nil, report, err
		}
		people = append(people, p)
	}
	return people, report, nil
}

// gb encodes text as GB18030.
func gb(t *testing.T, text string) string {
	t.Helper()
	encoded, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// wide encodes text as UTF-16.
func wide(text string, bigEndian bool) string {
	var b bytes.Buffer
	for _, u := range utf16.Encode([]rune(text)) {
		if bigEndian {
			b.Write([]byte{byte(u >> 8), byte(u)})
		} else {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
	}
	return b.String()
}

const plain = "姓名,身份证号码,手机号\n张伟,110100199003070111,13800000001\n李娜,11010019930615024x,13800000003\n"

func TestReadTakesFilesAsOfficesMakeThem(t *testing.T) {
	for name, test := range map[string]struct{ file, encoding string }{
		"UTF-8":                   {plain, registry.UTF8},
		"UTF-8 with a mark":       {"\xef\xbb\xbf" + plain, registry.UTF8},
		"UTF-16LE with a mark":    {"\xff\xfe" + wide(plain, false), registry.UTF16LE},
		"UTF-16BE with a mark":    {"\xfe\xff" + wide(plain, true), registry.UTF16BE},
		"UTF-16LE":                {wide(plain, false), registry.UTF16LE},
		"UTF-16BE":                {wide(plain, true), registry.UTF16BE},
		"GB18030":                 {gb(t, plain), registry.GB18030},
		"tabs":                    {strings.ReplaceAll(plain, ",", "\t"), registry.UTF8},
		"semicolons":              {strings.ReplaceAll(plain, ",", ";"), registry.UTF8},
		"a line sep=":             {"sep=;\r\n" + strings.ReplaceAll(plain, ",", ";"), registry.UTF8},
		"a line sep= with a tab":  {"sep=\t\n" + strings.ReplaceAll(plain, ",", "\t"), registry.UTF8},
		"a quoted header, a mark": {"\xef\xbb\xbf\"姓名\",\"证件号码\",\"手机号码\"\n" + strings.SplitAfterN(plain, "\n", 2)[1], registry.UTF8},
		"English header":          {"Name, ID Number ,Mobile\n" + strings.SplitAfterN(plain, "\n", 2)[1], registry.UTF8},
		"an apostrophe":           {strings.ReplaceAll(plain, "110", "'110"), registry.UTF8},
		"a formula of text":       {strings.NewReplacer("110100199003070111", `="110100199003070111"`, "13800000001", `="13800000001"`).Replace(plain), registry.UTF8},
		"the same, quoted":        {strings.Replace(plain, "110100199003070111", `"=""110100199003070111"""`, 1), registry.UTF8},
		"empty rows":              {strings.ReplaceAll(plain, "\n", "\n,,\n\n"), registry.UTF8},
		"columns of other kinds":  {strings.NewReplacer("手机号", "手机号,部门", "13800000001", "13800000001,财务", "13800000003", "13800000003,").Replace(plain), registry.UTF8},
	} {
		people, report, err := read(test.file, registry.Options{})
		if err != nil || len(people) != 2 || report.Encoding != test.encoding {
			t.Errorf("%s: %d people, read as %s, %v", name, len(people), report.Encoding, err)
			continue
		}
		a, b := people[0].Identity, people[1].Identity
		if a.Name.Reveal() != "张伟" || a.Number.Reveal() != "110100199003070111" || a.Mobile.Reveal() != "13800000001" || b.Number.Reveal() != "11010019930615024X" {
			t.Errorf("%s: got other people", name)
		}
		if name == "columns of other kinds" && fmt.Sprint(report.Unknown) != "[部门]" {
			t.Errorf("unknown columns are %v", report.Unknown)
		}
		if name == "empty rows" && report.Empty == 0 {
			t.Error("empty rows are not counted")
		}
	}
}

// The decoder of golang.org/x/text gives U+FFFD for the first of these, without
// an error.
func TestRareCharactersOfGB18030Arrive(t *testing.T) {
	const header, rest = "name,number,mobile\n", ",110100199003070111,13800000001\n"
	for bytes, want := range map[string]string{
		"\xfe\x59\xcc\xec":         "龴天",
		"\xfe\x61\xcc\xec":         "龵天",
		"\xfe\x66\xcc\xec":         "龶天",
		"\xfe\x67\xcc\xec":         "龷天",
		"\xfe\x6d\xcc\xec":         "龸天",
		"\xfe\x7e\xcc\xec":         "龹天",
		"\xfe\x90\xcc\xec":         "龺天",
		"\xfe\xa0\xcc\xec":         "龻天",
		"\xfe\x9f\xcc\xec":         "䶮天",
		"\xfe\x51\xcc\xec":         "\U00020087天",
		"\x82\x35\x90\x37\xcc\xec": "龴天", // the four bytes of U+9FB4
	} {
		people, _, err := read(header+bytes+rest, registry.Options{Encoding: "gb18030"})
		if err != nil || people[0].Identity.Name.Reveal() != want {
			t.Errorf("%x: %v, want %s", bytes, err, want)
		}
	}
}

func TestDoubtfulEncodingsAreAsked(t *testing.T) {
	short := gb(t, "name,number,mobile\n琚洪宝,110100199003070111,13800000001\n")
	_, _, err := read(short, registry.Options{})
	var file *registry.FileError
	if !errors.As(err, &file) || !strings.Contains(file.Error(), "琚洪宝") || !strings.Contains(file.Error(), "袺鱦") || registry.SettingOf(file) != registry.SetEncoding {
		t.Errorf("got %v", err)
	}
	people, _, err := read(short, registry.Options{Encoding: registry.GB18030})
	if err != nil || people[0].Identity.Name.Reveal() != "琚洪宝" {
		t.Errorf("with the encoding named: %v", err)
	}
	// Common surnames in one reading and none in the other need no question.
	const common = "name,number,mobile\n张伟,110100199003070111,13800000001\n"
	for _, test := range []struct{ file, encoding string }{{common, registry.UTF8}, {gb(t, common), registry.GB18030}} {
		people, report, err := read(test.file, registry.Options{})
		if err != nil || report.Encoding != test.encoding || people[0].Identity.Name.Reveal() != "张伟" {
			t.Errorf("%s: read as %s, %v", test.encoding, report.Encoding, err)
		}
	}
}

// Two files that were put together are one of two encodings, in which every byte may be right.
func TestAFileOfTwoEncodingsIsRefusedByLine(t *testing.T) {
	const header, zhang, rare = "姓名,身份证号码,手机号\n", "张伟,110100199003070111,13800000001\n", "邸超,110100199003070111,13800000001\n"
	li := "李娜,11010019930615024x,13800000003\n"
	for name, test := range map[string]struct{ file, want string }{
		"the header in GBK":                   {gb(t, header) + zhang, "Line 2 is UTF-8, and line 1 is not."},
		"the header in GBK, a rare surname":   {gb(t, header) + rare, "Line 2 is UTF-8, and line 1 is not."},
		"a row in UTF-8 among rows in GBK":    {gb(t, header+li) + zhang, "Line 3 is UTF-8, and line 1 is not."},
		"the first row in UTF-8":              {"name,number,mobile\n" + zhang + gb(t, li), "Line 2 is UTF-8, and line 3 is not."},
		"the header in UTF-8, the row in GBK": {header + gb(t, zhang), "The header is UTF-8, and line 2 is not."},
	} {
		people, _, err := read(test.file, registry.Options{})
		var file *registry.FileError
		if people != nil || !errors.As(err, &file) || !strings.HasPrefix(file.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	// A name whose bytes are those of UTF-8 by chance is no second encoding.
	chance := gb(t, header+"李娜,11010019930615024x,13800000003\n琚洪宝,110100199003070111,13800000001\n")
	people, report, err := read(chance, registry.Options{})
	if err != nil || len(people) != 2 || people[1].Identity.Name.Reveal() != "琚洪宝" || report.Encoding != registry.GB18030 {
		t.Errorf("%d people, read as %s, %v", len(people), report.Encoding, err)
	}
	if people, _, err := read(gb(t, header+"琚洪宝,110100199003070111,13800000001\n"), registry.Options{Encoding: registry.GB18030}); err != nil || people[0].Identity.Name.Reveal() != "琚洪宝" {
		t.Errorf("with the encoding named: %v", err)
	}
}

// Common surnames decide between two readings, since the wrong one begins with none: the two
// bytes of a surname in GBK begin no Han character in UTF-8, and what the first two bytes of one in
// UTF-8 are in GBK is the surname of next to nobody.
func TestASurnameInOneEncodingIsNoneInTheOther(t *testing.T) {
	file, err := os.ReadFile("../../../shared/ui/font/surnames.txt")
	if err != nil {
		t.Fatal(err)
	}
	var both string
	for _, surname := range registry.Surnames {
		if lead := gb(t, string(surname))[0]; lead >= 0xE2 {
			t.Errorf("%c begins with %X in GBK, as a Han character may in UTF-8", surname, lead)
		}
		wrong, err := simplifiedchinese.GBK.NewDecoder().String(string(surname)[:2])
		if err != nil || strings.Contains(registry.Surnames, wrong) {
			t.Errorf("%c is read as %s, %v", surname, wrong, err)
		}
		if strings.Contains(string(file), wrong) {
			both += string(surname) + wrong
		}
	}
	if both != "姜濮姚濮常甯" { // which need a name of three characters whose other bytes fit as well
		t.Errorf("surnames that are read as another one: %s", both)
	}
}

func TestFilesThatCannotBeReadSayWhatToDo(t *testing.T) {
	for name, test := range map[string]struct {
		file string
		o    registry.Options
		want string
	}{
		"nothing":                   {"", registry.Options{}, "line 1, header: is missing"},
		"a column too few":          {"name,mobile\n", registry.Options{}, "line 1, number: the column is missing"},
		"a column twice":            {"name,姓名,number,mobile\n", registry.Options{}, "line 1, header: column 2 is one that is there already"},
		"an unknown encoding":       {plain, registry.Options{Encoding: "big5"}, "There is no encoding big5 here"},
		"two encodings":             {strings.SplitAfterN(plain, "\n", 2)[0] + gb(t, "张伟,110100199003070111,13800000001\n"), registry.Options{}, "The header is UTF-8, and line 2 is not."},
		"the wrong encoding":        {gb(t, plain[len("姓名,身份证号码,手机号\n"):]), registry.Options{Encoding: registry.UTF8}, "line 1"},
		"bytes that are nothing":    {"name,number,mobile\n张\xff伟,110100199003070111,13800000001\n", registry.Options{Encoding: registry.UTF8}, "line 2, name: holds bytes that are no character in UTF-8"},
		"an old workbook":           {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 …", registry.Options{}, "Save it as .xlsx"},
		"a zip that is no workbook": {zipped(t), registry.Options{}, "The file is a zip archive, but no workbook that can be read"},
		"a zip that is cut short":   {"PK\x03\x04 …", registry.Options{}, "The file is a zip archive, but no workbook that can be read"},
		"a quote that stays open":   {plain + "\"王芳,110100198512240225,13800000002\n", registry.Options{}, "line 4, row: a quotation mark"},
	} {
		people, _, err := read(test.file, test.o)
		if err == nil || people != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// zipped is a zip archive of one text.
func zipped(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("people.csv")
	if err == nil {
		_, err = w.Write([]byte(plain))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestColumnsGoByTheNamesThatOfficesGiveThem(t *testing.T) {
	names := [][]string{
		{"姓名", "name", "Full Name"},
		{"身份证号", "证件号码", "公民身份号码", "身份证号码", "ID Number", "id_number"},
		{"手机号", "手机号码", "联系电话", "Mobile", "phone"},
		{"照片", "portrait", "Photo"},
	}
	for i, column := range names {
		for _, name := range column {
			header := []string{"name", "number", "mobile", "portrait"}
			header[i] = name
			people, report, err := read(strings.Join(header, ",")+"\n张伟,110100199003070111,13800000001,\n", registry.Options{})
			if err != nil || len(people) != 1 || people[0].Identity.Mobile.Reveal() != "13800000001" || len(report.Unknown) > 0 {
				t.Errorf("%s: %d people, %v not known, %v", name, len(people), report.Unknown, err)
			}
		}
	}
}

func TestReadReportsEachBadRowAndImportsNothing(t *testing.T) {
	file := "name,number,mobile\n" +
		"张伟,110100199003070112,13800000001\n" +
		"买买提··艾力,110100198207300156,12800000006\n" +
		"李娜,11010019930615024X,13800000003\n" +
		"李娜,11010019930615024X,13800000003\n" +
		"李娜,11010019930615024X\n" +
		"??,110100198512240225,13800000002\n" +
		"\ue000伟,110100198809010260,13800000004\n" +
		"陈静,1.10100199003E+17,13800000004\n" +
		"陈静,1.1010019900307E+017,13800000004\n" +
		"陈静,110100199003071,13800000004\n" +
		"陈静,110100199003070000,13800000004\n" +
		"陈静,110100198809010260,13800000004,more\n" +
		"陈静,110100199003070110,13800000004\n" +
		strings.Repeat("\U00030000", 60) + ",110100199003070111,13800000004\n"
	people, _, err := read(file, registry.Options{})
	var report *registry.ReportError
	if !errors.As(err, &report) || people != nil {
		t.Fatalf("got %d people, %v", len(people), err)
	}
	for i, want := range []string{
		"line 2, number: its last character does not fit the others",
		"line 3, name: the · stands once between two parts",
		"line 3, mobile: is no mainland mobile number",
		"line 5, number: is the same as on line 4",
		"line 6, mobile: is empty",
		"line 6, number: is the same as on line 4",
		"line 7, name: a conversion has put ? in place",
		"line 8, name: holds U+E000, which exists in one system's font only",
		"line 9, number: a spreadsheet has cut this number",
		"line 10, number: a spreadsheet has cut this number",
		"line 11, number: has 15 digits",
		"line 12, number: a spreadsheet has cut this number",
		"line 13, row: has more fields than the header",
		"line 14, number: its last digit does not fit: a program has rounded the number",
		"line 15, name: is too long: a name has at most 50 characters",
	} {
		if i >= len(report.Rows) || !strings.HasPrefix(report.Rows[i].Error(), want) {
			t.Errorf("row %d: want %q in\n%s", i, want, report)
		}
	}
	if strings.Contains(report.Error(), "110100") {
		t.Error("the report repeats personal data")
	}
}

func TestBadRowsAreLeftOutWhereThatIsAsked(t *testing.T) {
	file := "name,number,mobile,portrait\n" +
		"张伟,110100199003070111,13800000001,good.jpg\n" +
		"李娜,11010019930615024X,12800000003,\n" +
		"王芳,110100198512240225,13800000002,bad.jpg\n" +
		"张伟,110100199003070111,13800000001,\n" +
		"陈静,110100198809010260,13800000004,\n" +
		"李娜,11010019930615024X,13800000003,\n" + // the row above, mended
		"王芳,110100198512240225,13800000002,\n"
	files := fstest.MapFS{"good.jpg": {Data: []byte("good")}, "bad.jpg": {Data: []byte("bad")}}
	plain := func(picture []byte) ([]byte, error) { return picture, nil }
	folder, err := registry.OpenFolder(files, plain, func(picture []byte) error {
		if string(picture) == "bad" {
			return errors.New("it shows nobody")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	people, report, err := read(file, registry.Options{SkipBad: true, Portraits: folder})
	if err != nil {
		t.Fatal(err)
	}
	var names, faults []string
	for _, p := range people {
		names = append(names, p.Identity.Name.Reveal())
	}
	for _, r := range report.LeftOut {
		faults = append(faults, r.Error())
	}
	if !slices.Equal(names, []string{"张伟", "陈静", "李娜", "王芳"}) || report.People != 4 || report.Portraits != 1 {
		t.Errorf("%v, %+v", names, report)
	}
	want := []string{
		"line 3, mobile: is no mainland mobile number", "line 4, portrait: cannot be used: it shows nobody", "line 5, number: is the same as on line 2",
	}
	if !slices.Equal(faults, want) {
		t.Errorf("left out: %q", faults)
	}
}

func TestAFileMayHoldEveryCertificateType(t *testing.T) {
	people, _, err := read("姓名,证件类型,证件号码,手机号\n"+
		"张伟,,110100199003070111,13800000001\n"+
		"陈大文,港澳居民来往内地通行证,h12345678,13800000021\n"+
		"林美玲,台胞证,12345678,13800000022\n"+
		"Anna Müller,护照,C01X00T47,\n"+
		"Anna Müller,passport,12345678,\n"+
		"欧阳嘉,hmt_residence,810000199408230021,13800000023\n", registry.Options{})
	if err != nil || len(people) != 6 {
		t.Fatalf("%d people, %v", len(people), err)
	}
	if p := people[3].Identity; p.CertificateType != identity.Passport || p.Name.Reveal() != "ANNA MÜLLER" || p.Mobile.Reveal() != "" {
		t.Errorf("got %q %q %q", p.CertificateType, p.Name.Reveal(), p.Mobile.Reveal())
	}
	_, _, err = read("name,certificate_type,number,mobile\n张伟,driving_licence,110100199003070111,13800000001\n"+
		"张伟,护照,110100199003070111x,13800000001\n李娜,,H12345678,13800000003\n", registry.Options{})
	for _, want := range []string{
		"line 2, certificate_type: is no certificate type that is known",
		"line 3, number: is too long", "line 4, number: looks like a number of hm_permit",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
}

func TestManyFaultsAreCountedByKind(t *testing.T) {
	var file strings.Builder
	file.WriteString("name,number,mobile\n")
	for range 1000 {
		file.WriteString("张伟,110100199003070112,13800000001\n李娜,,13800000003\n")
	}
	_, _, err := read(file.String(), registry.Options{})
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "1000 times, number: its last character") || !strings.Contains(lines[0], "lines 2, 4, 6,") ||
		!strings.HasPrefix(lines[1], "1000 times, number: is empty") || len(err.Error()) > 1000 {
		t.Errorf("the report is\n%s", err)
	}
}

// Numbers that a spreadsheet has cut: some pass their check character, and one kind of
// fault is there once.
func TestAReportSaysOneOfAKindByItsLine(t *testing.T) {
	cut := func(n int, mobile string) string {
		return "张伟,1101001990" + fmt.Sprintf("%02d%02d", n/28+1, n%28+1) + "1000," + mobile + "\n"
	}
	file := "name,number,mobile\n"
	for n := range 60 {
		file += cut(n, "13800000001")
	}
	_, _, err := read(file+"李娜,11010019930615024X,1380000000\n", registry.Options{})
	said := err.Error()
	for _, want := range []string{
		" times, number: a spreadsheet has cut this number", "; lines 2, 3, ", ", …\n",
		"\nline 62, mobile: is too short",
		"\nline 1, number: too many of the numbers that can be read end in 000 (",
	} {
		if !strings.Contains("\n"+said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if strings.Contains(said, "1 times") || strings.Contains(said, "lines 1\n") {
		t.Errorf("the report is\n%s", said)
	}
}

// Text under a name of a workbook is told apart from a table that lacks a column.
func TestATextUnderAWorkbooksNameIsNone(t *testing.T) {
	for name, test := range map[string]struct{ file, says string }{
		"people.xlsx": {"hello, world\n", "is no workbook"},
		"PEOPLE.XLS":  {"<html><table></table>", "is no workbook"},
		"empty.xlsx":  {"", "is no workbook"},
		"people.csv":  {"hello, world\n", "the column is missing"},
		"table.xlsx":  {"name,number,mobile\n张伟,110100199003070111,1380000000\n", "line 2, mobile: is too short"},
	} {
		if _, _, err := read(test.file, registry.Options{Workbook: registry.NamesWorkbook(name)}); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Cut numbers pass their check character one time in eleven, so that the whole
// file has to be looked at.
func TestNumbersThatEndInZerosStopAnImport(t *testing.T) {
	rows := func(numbers ...string) string {
		file := "name,number,mobile\n"
		for _, n := range numbers {
			file += "张伟," + n + ",13800000001\n"
		}
		return file
	}
	var zeros []string // that pass their check character
	for day := 1; len(zeros) < 2; day++ {
		if n := fmt.Sprintf("110100199001%02d100", day); identity.CheckCharacter(n) == '0' {
			zeros = append(zeros, n+"0")
		}
	}
	cut := rows(zeros[0], zeros[1], "110100199003070111")
	if _, _, err := read(cut, registry.Options{}); err == nil || registry.SettingOf(err) != registry.SetZeros {
		t.Errorf("cut numbers: %v", err)
	}
	if people, _, err := read(cut, registry.Options{SkipBad: true}); err == nil || people != nil {
		t.Errorf("cut numbers, bad rows left out: %d people, %v", len(people), err)
	}
	if people, _, err := read(cut, registry.Options{ZerosAreReal: true}); err != nil || len(people) != 3 {
		t.Errorf("numbers that are said to be real: %d people, %v", len(people), err)
	}
	if people, _, err := read(rows(zeros[0], "110100199003070111"), registry.Options{}); err != nil || len(people) != 2 {
		t.Errorf("one such number: %d people, %v", len(people), err)
	}
}

func TestPortraitsComeByNameOrNumber(t *testing.T) {
	files := fstest.MapFS{
		"11010019930615024x.JPG": {Data: []byte("by number")},
		"Zhang.jpg":              {Data: []byte("by name")},
		"bad.jpg":                {Data: []byte("bad")},
		"left.png":               {Data: []byte("nobody's")},
		"110100199505200318.BMP": {Data: []byte("BM of a chip")},
		"bad.bmp":                {Data: []byte("BM cut")},
		"empty.jpg":              {},
	}
	plain := func(image []byte) ([]byte, error) {
		if string(image) == "BM cut" {
			return nil, errors.New("damaged")
		}
		return bytes.TrimPrefix(image, []byte("BM ")), nil
	}
	check := func(image []byte) error {
		switch string(image) {
		case "bad":
			return errors.New("no face")
		case "by number":
			return fmt.Errorf("of 21 pixels: %w", registry.ErrPoorPicture)
		}
		return nil
	}
	open := func() *registry.Folder {
		f, err := registry.OpenFolder(files, plain, check)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	people, report, err := read("name,number,mobile,照片\n张伟,110100199003070111,13800000001,zhang.JPG\n李娜,11010019930615024X,13800000003,\n"+
		"周杰,110100199505200318,13800000009,\n王芳,110100198512240225,13800000002,gone.jpg\n", registry.Options{Portraits: open()})
	if err != nil || string(people[0].Portrait) != "by name" || string(people[1].Portrait) != "by number" || string(people[2].Portrait) != "of a chip" || people[3].Portrait != nil {
		t.Fatalf("%d people, %v", len(people), err)
	}
	if fmt.Sprint(report.PoorPictures) != "[3]" {
		t.Errorf("poor: %v", report.PoorPictures)
	}
	if fmt.Sprint(report.MissingPictures) != "[5]" || fmt.Sprint(report.UnusedPictures) != "[bad.bmp bad.jpg empty.jpg left.png]" {
		t.Errorf("missing %v, unused %v", report.MissingPictures, report.UnusedPictures)
	}
	for _, name := range []string{"empty.jpg", "bad.jpg", "bad.bmp", "../zhang.jpg", "/etc/passwd"} {
		if _, _, err := read("name,number,mobile,portrait\n张伟,110100199003070111,13800000001,"+name+"\n", registry.Options{Portraits: open()}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, _, err := read("name,number,mobile,portrait\n张伟,110100199003070111,13800000001,a.jpg\n", registry.Options{}); err == nil {
		t.Error("a picture without a folder: accepted")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("name,number,mobile\n张伟,110100199003070111,13800000001\n"), "")
	f.Add([]byte("\xef\xbb\xbfname,number,mobile\n\""), "")
	f.Add([]byte("mobile,portrait,name,number\n,,,\n"), "")
	f.Add([]byte("name,number,mobile\n\xfe\x59\x81\x30,,\n"), registry.GB18030)
	f.Add([]byte("PK\x03\x04"), "")
	f.Fuzz(func(t *testing.T, file []byte, encoding string) {
		people, _, err := read(string(file), registry.Options{Encoding: encoding})
		if err != nil {
			if !errors.As(err, new(*registry.ReportError)) && !errors.As(err, new(*registry.FileError)) || people != nil {
				t.Fatalf("%d people beside %v", len(people), err)
			}
			return
		}
		var again strings.Builder
		again.WriteString("\xef\xbb\xbfname,number,mobile\n")
		for _, p := range people {
			fmt.Fprintf(&again, "%s,%s,%s\n", p.Identity.Name.Reveal(), p.Identity.Number.Reveal(), p.Identity.Mobile.Reveal())
		}
		same, _, err := read(again.String(), registry.Options{ZerosAreReal: true})
		if err != nil || len(same) != len(people) {
			t.Fatalf("%d people came back as %d, %v", len(people), len(same), err)
		}
	})
}

func TestTheReadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	for name, file := range map[string]string{"text": plain, "workbook": workbook(t, [][]any{{"name", "number"}, {"张伟", "110100199003070111"}}, nil)} {
		if _, _, err := registry.Read(ctx, strings.NewReader(file), registry.Options{Now: now}); errors.Is(err, context.Canceled) {
			t.Fatalf("%s: %v", name, err)
		}
	}
	cancel()
	for name, file := range map[string]string{"text": plain, "workbook": workbook(t, [][]any{{"name", "number"}, {"张伟", "110100199003070111"}}, nil)} {
		if _, _, err := registry.Read(ctx, strings.NewReader(file), registry.Options{Now: now}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
