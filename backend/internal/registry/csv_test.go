package registry_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"realname.example/backend/internal/registry"
)

var now = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func TestReadCSVTakesWhatSpreadsheetsWrite(t *testing.T) {
	const file = "\xef\xbb\xbfMobile,Name,Number\r\n" +
		"13800000001,张伟,110100199003070111\r\n" +
		"\"+86 138-0000-0006\",买买提.艾力,110100198207300156\r\n" +
		"13800000003,李娜,11010019930615024x\r\n"
	people, err := registry.ReadCSV(strings.NewReader(file), now, nil)
	if err != nil || len(people) != 3 {
		t.Fatalf("%d people, %v", len(people), err)
	}
	got := people[1].Identity
	if got.Name.Reveal() != "买买提·艾力" || got.Mobile.Reveal() != "13800000006" {
		t.Errorf("got %q, %q", got.Name.Reveal(), got.Mobile.Reveal())
	}
	if people[2].Identity.Number.Reveal() != "11010019930615024X" {
		t.Error("the check character is not upper case")
	}
}

func TestReadCSVReportsEachBadRowAndImportsNothing(t *testing.T) {
	const file = "name,number,mobile\n" +
		"张伟,110100199003070112,13800000001\n" + // check character
		"买买提··艾力,110100198207300156,12800000006\n" + // interpunct and mobile
		"李娜,11010019930615024X,13800000003\n" +
		"李娜,11010019930615024X,13800000003\n" + // doubled
		"李娜,11010019930615024X\n" // a field is missing
	people, err := registry.ReadCSV(strings.NewReader(file), now, nil)
	var report *registry.ReportError
	if !errors.As(err, &report) || people != nil {
		t.Fatalf("got %d people, %v", len(people), err)
	}
	const want = "line 2, number: check_character\n" +
		"line 3, name: interpunct\n" +
		"line 3, mobile: not_mainland\n" +
		"line 5, number: the same as on line 4\n" +
		"line 6, row: 2 fields, the header has 3"
	if report.Error() != want {
		t.Errorf("got\n%s\nwant\n%s", report, want)
	}
	if strings.Contains(report.Error(), "110100") {
		t.Error("the report repeats personal data")
	}
}

func TestReadCSVRefusesBadHeaders(t *testing.T) {
	for _, file := range []string{"", "\n", "name,number\n", "name,name,number,mobile\n", "name,number,mobile,salary\n"} {
		if _, err := registry.ReadCSV(strings.NewReader(file), now, nil); !errors.As(err, new(*registry.ReportError)) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestPortraitsComeByNameOrNumber(t *testing.T) {
	folder := fstest.MapFS{
		"110100199003070111.png": {Data: []byte("by number")},
		"li.jpg":                 {Data: []byte("by name")},
		"bad.jpg":                {Data: []byte("bad")},
	}
	check := func(image []byte) error {
		if string(image) == "bad" {
			return errors.New("no face")
		}
		return nil
	}
	read := func(file string) ([]registry.Person, error) {
		return registry.ReadCSV(strings.NewReader("name,number,mobile,portrait\n"+file), now, registry.FromFolder(folder, check))
	}
	people, err := read("张伟,110100199003070111,13800000001,\n李娜,11010019930615024X,13800000003,li.jpg\n周杰,110100199505200318,13800000009,\n")
	if err != nil || string(people[0].Portrait) != "by number" || string(people[1].Portrait) != "by name" || people[2].Portrait != nil {
		t.Fatalf("got %v, %v", people, err)
	}
	for _, name := range []string{"none.jpg", "bad.jpg", "../li.jpg", "/etc/passwd"} {
		if _, err := read("张伟,110100199003070111,13800000001," + name + "\n"); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("name,number,mobile\n张伟,110100199003070111,13800000001\n")
	f.Add("\xef\xbb\xbfname,number,mobile\n\"")
	f.Add("mobile,portrait,name,number\n,,,\n")
	f.Fuzz(func(t *testing.T, file string) {
		people, err := registry.ReadCSV(strings.NewReader(file), now, nil)
		if err != nil {
			if !errors.As(err, new(*registry.ReportError)) || people != nil {
				t.Fatalf("%d people beside %v", len(people), err)
			}
			return
		}
		var again strings.Builder
		again.WriteString("name,number,mobile\n")
		for _, p := range people {
			fmt.Fprintf(&again, "%s,%s,%s\n", p.Identity.Name.Reveal(), p.Identity.Number.Reveal(), p.Identity.Mobile.Reveal())
		}
		same, err := registry.ReadCSV(strings.NewReader(again.String()), now, nil)
		if err != nil || len(same) != len(people) {
			t.Fatalf("%d people came back as %d, %v", len(people), len(same), err)
		}
	})
}
