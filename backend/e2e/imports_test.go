package e2e_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"testing"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
)

// two people whom the sandbox does not have.
const newPeople = "姓名,身份证号,手机号,部门\n钱一,110100199003070998,13900000001,甲\n钱二,11010019900307098X,13900000002,乙\n"

// sendsFile is a caller who sends a file of people.
func (r raw) sendsFile() raw {
	r.header = map[string]string{"Content-Type": "text/csv"}
	return r
}

func (s *server) people() int64 {
	s.t.Helper()
	n, err := s.app.Store.CountPeople(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestAnAdminImportsPeople(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		admin, before := s.operator(operator.Admin).sendsFile(), s.people()
		bring := func(query, file string) api.AdminImport {
			t.Helper()
			return ask[api.AdminImport](t, admin, "POST", api.PathAdminImport+query, file)
		}
		if out := bring("", newPeople); out.Imported || out.People != 2 || out.Encoding != "UTF-8" || !slices.Equal(out.Unread, []string{"部门"}) || s.people() != before {
			t.Errorf("looked at: %+v, now %d people", out, s.people())
		}
		bad := newPeople + "钱三,123,13900000003,丙\n钱四,456,13900000004,丙\n"
		out := bring("?mode=import", bad)
		if out.Imported || out.Faults != 2 || len(out.Kinds) != 1 || out.Kinds[0].Column != "number" || !slices.Equal(out.Kinds[0].Lines, []int{4, 5}) || s.people() != before {
			t.Errorf("with faults: %+v, now %d people", out, s.people())
		}
		if status, file := admin.do("POST", api.PathAdminImport+"?mode=faults", bad); status != http.StatusOK || file != "\ufeffline,column,fault\n4,number,is too short\n5,number,is too short\n" {
			t.Errorf("the faults: %d %q", status, file)
		}
		if out := bring("?mode=skip_bad", bad); !out.Imported || out.People != 2 || out.Faults != 2 || s.people() != before+2 {
			t.Errorf("bad rows left out: %+v, now %d people", out, s.people())
		}
		if out := bring("?mode=import", newPeople); !out.Imported || s.people() != before+2 {
			t.Errorf("sent again: %+v, now %d people", out, s.people())
		}
		strangers := "姓名,身份证号\n陌生人,110100199001010019\n坏人,123\n钱一,110100199003070998\n"
		for _, mode := range []string{"check", "import"} {
			out := bring("?mode="+mode, strangers)
			if out.Imported || !out.NoMobiles || out.Faults != 2 || len(out.Kinds) != 2 || out.Kinds[0].Column != "mobile" || !slices.Equal(out.Kinds[0].Lines, []int{2}) || s.people() != before+2 {
				t.Errorf("new without a mobile number, %s: %+v, now %d people", mode, out, s.people())
			}
		}
		if _, file := admin.do("POST", api.PathAdminImport+"?mode=faults", strangers); !strings.Contains(file, "\n2,mobile,\"is missing") || strings.Count(file, "\n") != 3 {
			t.Errorf("their faults: %q", file)
		}
		if out := bring("?mode=skip_bad", strangers); !out.Imported || out.People != 1 || out.Faults != 2 || s.people() != before+2 {
			t.Errorf("without them: %+v, now %d people", out, s.people())
		}
		if status, answer := admin.do("POST", api.PathAdminImport+"?mode=replace", newPeople); status != http.StatusBadRequest || !strings.Contains(answer, "reason is why") {
			t.Errorf("without a reason: %d %s", status, answer)
		}
		out = bring("?mode=replace&reason=the+new+list", newPeople)
		if out.Imported || out.WouldRemove != before || s.people() != before+2 {
			t.Fatalf("not confirmed: %+v, now %d people", out, s.people())
		}
		query := fmt.Sprintf("?mode=replace&reason=the+new+list&confirm=%d", before)
		if out := bring(query, newPeople); !out.Imported || out.Removed != before || s.people() != 2 {
			t.Errorf("confirmed: %+v, now %d people", out, s.people())
		}
		if out := bring(query, newPeople); out.Imported || out.WouldRemove != 0 || s.people() != 2 {
			t.Errorf("confirmed again: %+v, now %d people", out, s.people())
		}
		var told []string
		for _, l := range ask[api.AuditPage](t, s.operator(operator.Auditor), "GET", api.PathAdminAudit+"?operator=tester-admin", "").Lines {
			told = append(told, l.Event+" "+l.Detail)
		}
		want := []string{fmt.Sprintf("people_imported imported 2, removed %d: the new list", before), "people_imported imported 1, removed 0", "people_imported imported 2, removed 0", "people_imported imported 2, removed 0"}
		if !slices.Equal(told, want) {
			t.Errorf("the trail has %q", told)
		}
		works := ask[[]api.AdminWork](t, s.operator(operator.Admin), "GET", api.PathAdminWorks, "")
		if len(works) != 6 || works[0].State != "failed" || works[1].State != "done" || works[1].Done != 2 || works[1].Operator != "tester-admin" {
			t.Errorf("the works are %+v", works)
		}
	})
}

// wideWorkbook is a zip archive that unpacks to more than a server takes.
func wideWorkbook(t *testing.T) string {
	t.Helper()
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	part, err := archive.Create("xl/workbook.xml")
	if err == nil {
		_, err = part.Write(make([]byte, 129<<20))
	}
	if err := errors.Join(err, archive.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

func TestAFileThatIsNoneImportsNobody(t *testing.T) {
	s := start(t, sandboxConfig(t))
	admin, before := s.operator(operator.Admin).sendsFile(), s.people()
	for name, test := range map[string]struct {
		query, file string
		status      int
		says        string
	}{
		"old workbook":     {"?mode=import", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", http.StatusBadRequest, "old workbook"},
		"zip":              {"?mode=import", "PK\x03\x04nothing", http.StatusBadRequest, "no workbook"},
		"129 MB unpacked":  {"?mode=import", wideWorkbook(t), http.StatusBadRequest, "unpacks to more than 128 MB"},
		"HTML":             {"?mode=import", "<!doctype html><html><body>姓名,身份证号,手机号</body></html>", http.StatusOK, `"imported":false`},
		"empty":            {"?mode=import", " ", http.StatusOK, `"imported":false`},
		"15 MB and a byte": {"?mode=import", strings.Repeat("x", api.MaxImport+1), http.StatusRequestEntityTooLarge, "too_large"},
		"mode":             {"?mode=all", newPeople, http.StatusBadRequest, "mode is"},
		"confirm":          {"?mode=replace&confirm=-1", newPeople, http.StatusBadRequest, "confirm is"},
		"encoding":         {"?mode=import&encoding=latin1", newPeople, http.StatusBadRequest, "no encoding latin1"},
	} {
		if status, answer := admin.do("POST", api.PathAdminImport+test.query, test.file); status != test.status || !strings.Contains(answer, test.says) {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	workbook := s.operator(operator.Admin)
	workbook.header = map[string]string{"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	if status, answer := workbook.do("POST", api.PathAdminImport, "hello"); status != http.StatusBadRequest || !strings.Contains(answer, "it is no workbook") {
		t.Errorf("text as a workbook: %d %s", status, answer)
	}
	cookie, form := s.entrance("the-other-admin", operator.Admin)
	if status, page := s.sends(cookie, "form", form, "mode", "check", "workbook", "hello"); status != http.StatusOK || !strings.Contains(page, "it is no workbook") {
		t.Errorf("text as a workbook in the console: %d %s", status, page)
	}
	if status, answer := s.operator(operator.Admin).do("POST", api.PathAdminImport, newPeople); status != http.StatusBadRequest || !strings.Contains(answer, "text/csv") {
		t.Errorf("as JSON: %d %s", status, answer)
	}
	for _, role := range operator.Roles() {
		if role == operator.Admin {
			continue
		}
		if status, answer := s.operator(role).sendsFile().do("POST", api.PathAdminImport+"?mode=import", newPeople); status != http.StatusForbidden {
			t.Errorf("as %s: %d %s", role, status, answer)
		}
		cookie, form := s.entrance("the-"+string(role), role)
		if status, _ := s.sends(cookie, "form", form, "mode", "import", "file", newPeople); status != http.StatusForbidden {
			t.Errorf("in the console as %s: %d", role, status)
		}
	}
	if s.people() != before {
		t.Errorf("%d people became %d", before, s.people())
	}
}

// sends sends the console's form of an import, whose fields come in this order.
func (s *server) sends(cookie string, fields ...string) (int, string) {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		field := form.CreateFormField
		switch fields[i] {
		case "file":
			field = func(name string) (io.Writer, error) { return form.CreateFormFile(name, "people.csv") }
		case "workbook":
			field = func(string) (io.Writer, error) { return form.CreateFormFile("file", "people.xlsx") }
		case "unchosen": // as a browser sends an empty input
			field = func(string) (io.Writer, error) {
				return form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename=""`}})
			}
		}
		part, err := field(fields[i])
		if err == nil {
			_, err = part.Write([]byte(fields[i+1]))
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		s.t.Fatal(err)
	}
	caller := s.at(cookie)
	caller.header["Content-Type"] = form.FormDataContentType()
	return caller.do("POST", "/console/people/import", body.String())
}

func TestAFormWithAFileIsRefusedBeforeItIsRead(t *testing.T) {
	s := start(t, sandboxConfig(t))
	cookie, form := s.entrance("wang", operator.Admin)
	before := s.people()
	for name, test := range map[string]struct {
		fields []string
		status int
		says   string
	}{
		"no value":         {[]string{"mode", "import", "file", newPeople}, http.StatusForbidden, "not of your present session"},
		"another's value":  {[]string{"form", operator.FormOf("another"), "mode", "import", "file", newPeople}, http.StatusForbidden, "not of your present session"},
		"value behind":     {[]string{"mode", "import", "file", newPeople, "form", form}, http.StatusForbidden, "not of your present session"},
		"no file":          {[]string{"form", form, "mode", "import"}, http.StatusUnprocessableEntity, "No file was chosen"},
		"none was chosen":  {[]string{"form", form, "mode", "import", "unchosen", ""}, http.StatusUnprocessableEntity, "No file was chosen"},
		"neither":          {[]string{"mode", "import"}, http.StatusForbidden, "not of your present session"},
		"a long field":     {[]string{"form", form, "mode", strings.Repeat("x", 5000), "file", newPeople}, http.StatusBadRequest, "not as it has to be"},
		"a field again":    {append(slices.Repeat([]string{"form", form}, 20), "file", newPeople), http.StatusBadRequest, "not as it has to be"},
		"no reason":        {[]string{"form", form, "mode", "replace", "confirm", "0", "file", newPeople}, http.StatusUnprocessableEntity, "a reason is required"},
		"no number":        {[]string{"form", form, "mode", "replace", "confirm", "all", "file", newPeople}, http.StatusBadRequest, "How many people may be removed is a number"},
		"a full form":      {[]string{"form", form, "mode", "replace", "reason", strings.Repeat("因", 1000), "file", strings.Repeat("x", 15<<20)}, http.StatusOK, "the column is missing"},
		"50 MB":            {[]string{"form", form, "mode", "import", "file", strings.Repeat("x", 50<<20)}, http.StatusRequestEntityTooLarge, "larger than 15 MB"},
		"an old workbook":  {[]string{"form", form, "mode", "import", "file", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}, http.StatusOK, "old workbook"},
		"a page":           {[]string{"form", form, "mode", "import", "file", "<!doctype html><html>"}, http.StatusOK, "the column is missing"},
		"no mode of these": {[]string{"form", form, "mode", "all", "file", newPeople}, http.StatusBadRequest, "not as it has to be"},
	} {
		if status, page := s.sends(cookie, test.fields...); status != test.status || !strings.Contains(page, test.says) {
			t.Errorf("%s: %d %s", name, status, page)
		}
	}
	if status, page := s.at(cookie).do("POST", "/console/people/import", "form="+form); status != http.StatusForbidden || !strings.Contains(page, "not of your present session") {
		t.Errorf("no file's form: %d %s", status, page)
	}
	if s.people() != before {
		t.Errorf("%d people became %d", before, s.people())
	}
}

// One file is read and imported at a time: another one is refused with the way to see the
// first, whoever sends it.
func TestASecondImportIsRefusedWhileOneRuns(t *testing.T) {
	s := start(t, sandboxConfig(t))
	admin, before := s.operator(operator.Admin).sendsFile(), s.people()
	body, feed := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), "POST", s.app.URL()+api.PathAdminImport+"?mode=import", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "text/csv")
	request.Header.Set("Authorization", "Bearer "+admin.token)
	first := make(chan string, 1)
	go func() {
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			first <- err.Error()
			return
		}
		text, err := io.ReadAll(answer.Body)
		first <- fmt.Sprint(answer.StatusCode, string(text), errors.Join(err, answer.Body.Close()))
	}()
	if _, err := io.WriteString(feed, newPeople); err != nil {
		t.Fatal(err)
	}
	s.untilMetric(fmt.Sprintf("realname_upload_bytes %d", len(newPeople)))
	for _, mode := range []string{"check", "import"} {
		if status, answer := admin.do("POST", api.PathAdminImport+"?mode="+mode, newPeople); status != http.StatusServiceUnavailable || !strings.Contains(answer, "Another file of people is being imported") {
			t.Errorf("%s meanwhile: %d %s", mode, status, answer)
		}
	}
	cookie, form := s.entrance("wang", operator.Admin)
	if status, page := s.sends(cookie, "form", form, "mode", "import", "file", newPeople); status != http.StatusServiceUnavailable || !strings.Contains(page, "send yours when it is over") {
		t.Errorf("in the console meanwhile: %d %s", status, page)
	}
	if s.people() != before {
		t.Errorf("%d people became %d", before, s.people())
	}
	if err := feed.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-first; !strings.Contains(got, `"imported":true`) || s.people() != before+2 {
		t.Errorf("the first: %s, now %d people", got, s.people())
	}
	if status, page := s.sends(cookie, "form", form, "mode", "import", "file", newPeople); status != http.StatusOK || !strings.Contains(page, "Imported: 2.") {
		t.Errorf("in the console once it is over: %d %s", status, page)
	}
}

// A file with errors in half of its rows has a report that can be read, and a form that
// is sent once more changes nothing more.
func TestAReportOfManyFaultsIsShort(t *testing.T) {
	s := start(t, sandboxConfig(t))
	cookie, form := s.entrance("wang", operator.Admin)
	var file strings.Builder
	file.WriteString(newPeople)
	for i := range 100_000 {
		fmt.Fprintf(&file, "钱三,%d,13900000003,丙\n", i)
	}
	before := s.people()
	status, page := s.sends(cookie, "form", form, "mode", "import", "file", file.String())
	if status != http.StatusOK || len(page) > 20_000 || !strings.Contains(page, "Faults: 100000. Nothing was imported.") || !strings.Contains(page, "23 …") {
		t.Errorf("%d %.3000s", status, page)
	}
	for range 2 {
		if status, page := s.sends(cookie, "form", form, "mode", "skip_bad", "file", file.String()); status != http.StatusOK || !strings.Contains(page, "Imported: 2. Removed: 0.") || s.people() != before+2 {
			t.Errorf("%d %.3000s", status, page)
		}
	}
	if status, faults := s.sends(cookie, "form", form, "mode", "faults", "file", file.String()); status != http.StatusOK || strings.Count(faults, "\n") != 100_001 {
		t.Errorf("the faults: %d, %d lines", status, strings.Count(faults, "\n"))
	}
}

// chooses has an input of the page hold a file.
func (c *console) chooses(selector, text string) {
	c.t.Helper()
	both, err := json.Marshal([]string{selector, text})
	if err != nil {
		c.t.Fatal(err)
	}
	c.must(`(([s, text]) => { const d = new DataTransfer(); d.items.add(new File([text], "people.csv")); document.querySelector(s).files = d.files; return "chosen" })(` + string(both) + `)`)
}

func TestPeopleAreImportedInTheConsole(t *testing.T) {
	for lang := range languages {
		t.Run(lang, func(t *testing.T) {
			s := start(t, sandboxConfig(t))
			before := s.people()
			c := openConsole(t, s, lang)
			c.enrol("wang", operator.Admin)
			c.open("/people")
			c.click(`a[href="/console/people/import"]`)
			c.value(`document.querySelectorAll("details").forEach((d) => d.open = true); "open"`)
			c.look("import")
			for _, mode := range []string{"check", "import", "skip_bad", "replace", "faults"} {
				asked := c.value(`document.querySelector("[value=` + mode + `]").checked = true; String(document.querySelector("#confirm").checkVisibility())`)
				if want := strconv.FormatBool(mode == "replace"); asked != want {
					t.Errorf("%s asks how many may be removed: %s, want %s", mode, asked, want)
				}
			}
			c.look("import-replace")
			send := func(mode, confirm, file string) {
				t.Helper()
				c.open("/people/import")
				c.value(`document.querySelector("[value=` + mode + `]").checked = true; "chosen"`)
				c.fill("#confirm", confirm)
				c.fill("#reason", "the new list")
				c.chooses("#file", file)
				c.click("main button")
			}
			send("import", "", newPeople+"钱三,123,13900000003,丙\n")
			c.says(map[string]string{"en": "is too short", "zh": "太短"}[lang])
			c.look("import-faulty")
			send("check", "", newPeople)
			c.look("import-checked")
			send("replace", "", newPeople)
			c.says(fmt.Sprint(before))
			c.look("import-unconfirmed")
			if s.people() != before {
				t.Errorf("%d people became %d", before, s.people())
			}
			send("replace", fmt.Sprint(before), newPeople)
			c.look("import-done")
			if s.people() != 2 {
				t.Errorf("%d people are there", s.people())
			}
			c.open("/works")
			c.says("wang")
			c.open("/people/export")
			c.look("export")
			c.fill("#reason", "the yearly check")
			c.click("main button")
			c.says("wang", "the yearly check")
			c.look("export-asked")
		})
	}
}

func TestTwoAdminsExportTheRegistryAndOneDoesNot(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		const why = `{"reason":"the yearly check"}`
		admin := s.operator(operator.Admin)
		if status, answer := admin.do("POST", api.PathAdminExport, why); status != http.StatusAccepted || !strings.Contains(answer, `"until"`) || strings.Contains(answer, "张伟") {
			t.Fatalf("the first: %d %s", status, answer)
		}
		if status, answer := admin.do("POST", api.PathAdminExport, why); status != http.StatusConflict || strings.Contains(answer, "张伟") {
			t.Errorf("the first again: %d %s", status, answer)
		}
		if status, _ := s.operator(operator.Support).do("POST", api.PathAdminExport, why); status != http.StatusForbidden {
			t.Errorf("support: %d", status)
		}
		cookie, form := s.entrance("li", operator.Admin)
		if _, page := s.at(cookie).do("GET", "/console/people/export", ""); !strings.Contains(page, "tester-admin asked to export") || !strings.Contains(page, "the yearly check") {
			t.Errorf("the page does not say who asked: %s", page)
		}
		if status, _ := s.at(cookie).do("POST", "/console/people/export", "reason=+&form="+form); status != http.StatusUnprocessableEntity {
			t.Errorf("without a reason: %d", status)
		}
		status, file, header := s.at(cookie).send("POST", "/console/people/export", "reason=agreed&form="+form)
		if status != http.StatusOK || strings.Count(file, "\n") != int(s.people())+1 || !strings.Contains(file, "cn_id,张伟,110100199003070111,13800000001,") ||
			!strings.HasPrefix(header.Get("Content-Disposition"), "attachment") {
			t.Errorf("the second: %d %s", status, file)
		}
		if status, page := s.at(cookie).do("POST", "/console/people/export", "reason=agreed&form="+form); status != http.StatusSeeOther {
			t.Errorf("the form sent again: %d %s", status, page)
		}
		out := ask[api.AdminImport](t, admin.sendsFile(), "POST", api.PathAdminImport, file)
		if out.Faults != 0 || out.People != s.people() {
			t.Errorf("it is not read again: %+v", out)
		}
		var told []string
		for _, l := range ask[api.AuditPage](t, s.operator(operator.Auditor), "GET", api.PathAdminAudit, "").Lines {
			if l.Event == string(operator.ActExported) || l.Event == string(operator.ActAsked) {
				told = append(told, l.Party+" "+l.Event+" "+l.Detail)
			}
		}
		if want := []string{"li asked export: agreed", "li people_exported with tester-admin: agreed", "tester-admin asked export: the yearly check"}; !slices.Equal(told, want) {
			t.Errorf("the trail has %q", told)
		}
		if works := ask[[]api.AdminWork](t, s.operator(operator.Admin), "GET", api.PathAdminWorks, ""); len(works) != 1 || works[0].Kind != "export" || works[0].State != "done" || works[0].Done != s.people() {
			t.Errorf("the works are %+v", works)
		}
	})
}
