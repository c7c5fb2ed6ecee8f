package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/verification"
)

// ask makes a call that has to answer 200 or 204, and reads the answer.
func ask[Out any](t *testing.T, c raw, method, path, body string) (out Out) {
	t.Helper()
	status, answer := c.do(method, path, body)
	if status != http.StatusOK && status != http.StatusNoContent {
		t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	if answer != "" {
		if err := json.Unmarshal([]byte(answer), &out); err != nil {
			t.Fatalf("%s %s: %v %s", method, path, err, answer)
		}
	}
	return out
}

// verified verifies a sandbox account by mobile number and returns its id.
func (s *server) verified(username, name string) string {
	s.t.Helper()
	v, err := s.mobile(s.signIn(username), s.person(name))
	mustView(s.t, v, err, verification.Verified, "")
	a, err := s.app.Store.AccountByUsername(s.t.Context(), username)
	if err != nil {
		s.t.Fatal(err)
	}
	return a.ID
}

func at(path, id string) string { return strings.Replace(path, "{id}", id, 1) }

func TestSupportFindsByExactValuesAndSeesThemMasked(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		id, p := s.verified("demo", "张伟"), s.person("张伟")
		support := s.operator(operator.Support)
		for by, value := range map[string]string{"username": "demo", "number": p.Number, "mobile": "+86 138-0000-0001"} {
			found := ask[api.AdminFound](t, support, "POST", api.PathAdminSearch, fmt.Sprintf(`{"by":%q,"value":%q}`, by, value))
			if len(found.Accounts) != 1 || found.Accounts[0].ID != id || found.Accounts[0].Name != "张*" || found.Accounts[0].Number != "110***********0111" {
				t.Errorf("by %s: %+v", by, found)
			}
			if by != "username" && (len(found.People) != 1 || found.People[0].Number != "110***********0111") {
				t.Errorf("in the registry by %s: %+v", by, found.People)
			}
		}
		for by, value := range map[string]string{"username": "dem", "number": p.Number[:17], "mobile": "1380000000"} {
			found := ask[api.AdminFound](t, support, "POST", api.PathAdminSearch, fmt.Sprintf(`{"by":%q,"value":%q}`, by, value))
			if len(found.Accounts)+len(found.People) != 0 {
				t.Errorf("by a part of a %s: %+v", by, found)
			}
		}
		status, answer := support.do("GET", at(api.PathAdminAccount, id), "")
		mustHide(t, "the account", answer, secretsOf(p))
		if status != http.StatusOK || !strings.Contains(answer, `"event":"verified"`) {
			t.Errorf("%d %s", status, answer)
		}
		if status, answer := support.do("POST", at(api.PathAdminReveal, id), `{"reason":"curious"}`); status != http.StatusForbidden {
			t.Errorf("support sees a number in full: %d %s", status, answer)
		}
	})
}

func TestARevealAsksForAReasonAndIsAudited(t *testing.T) {
	s := start(t, sandboxConfig(t))
	id, p := s.verified("demo", "张伟"), s.person("张伟")
	admin := s.operator(operator.Admin)
	for _, blank := range []string{"", " ", "\\t\\n", "　", "\u00a0", "\u2003", "\\u000b\\u0085"} {
		for _, path := range []string{
			api.PathAdminReveal, api.PathAdminRelease, api.PathAdminErase, api.PathAdminPersonReveal, api.PathAdminServiceRemove,
		} {
			status, answer := admin.do("POST", at(path, id), `{"reason":"`+blank+`"}`)
			if status != http.StatusBadRequest || !strings.Contains(answer, `"field":"reason","cause":"blank"`) {
				t.Errorf("%s for the reason %q: %d %s", path, blank, status, answer)
			}
		}
	}
	who := ask[api.AdminRevealed](t, admin, "POST", at(api.PathAdminReveal, id), `{"reason":"court order 7"}`)
	if who.Name != p.Name || who.Number != p.Number || who.Mobile != p.Mobile {
		t.Errorf("%+v", who)
	}
	found := ask[api.AdminFound](t, admin, "POST", api.PathAdminSearch, `{"by":"number","value":"`+p.Number+`"}`)
	if who = ask[api.AdminRevealed](t, admin, "POST", at(api.PathAdminPersonReveal, found.People[0].ID), `{"reason":"court order 8"}`); who.Number != p.Number {
		t.Errorf("%+v", who)
	}
	page := ask[api.AuditPage](t, s.operator(operator.Auditor), "GET", api.PathAdminAudit+"?operator=tester-admin", "")
	var told []string
	for _, l := range page.Lines {
		if l.Event == string(operator.ActRevealed) {
			told = append(told, l.Party+" "+l.Detail)
		}
	}
	if strings.Join(told, "; ") != "tester-admin court order 8; tester-admin court order 7" {
		t.Errorf("the trail has %v", told)
	}
	body, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	mustHide(t, "the trail", string(body), secretsOf(p))
}

func TestAnIDIsFreedByTwoOperatorsAndNotByOne(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		cfg.Verify.SMSInterval = 0
		s := start(t, cfg)
		id := s.verified("demo", "张伟")
		wang, li := s.operator(operator.Admin), s.operator()
		for _, path := range []string{api.PathAdminRelease, api.PathAdminErase} {
			if a := ask[api.AdminAgreement](t, wang, "POST", at(path, id), `{"reason":"lost"}`); a.Done || a.Until == nil {
				t.Fatalf("%s by one: %+v", path, a)
			}
			if status, answer := wang.do("POST", at(path, id), `{"reason":"again"}`); status != http.StatusConflict || !strings.Contains(answer, "another admin") {
				t.Errorf("%s with oneself: %d %s", path, status, answer)
			}
		}
		if d := ask[api.AdminAccountDetail](t, wang, "GET", at(api.PathAdminAccount, id), ""); !d.Verified || len(d.Requests) != 2 {
			t.Errorf("meanwhile: %+v", d)
		}
		if a := ask[api.AdminAgreement](t, li, "POST", at(api.PathAdminRelease, id), `{"reason":"seen the card"}`); !a.Done {
			t.Errorf("by two: %+v", a)
		}
		if status, answer := li.do("POST", at(api.PathAdminRelease, id), `{"reason":"again"}`); status != http.StatusNotFound || !strings.Contains(answer, "No ID verifies this account.") {
			t.Errorf("what is free: %d %s", status, answer)
		}
		for _, path := range []string{api.PathAdminRelease, api.PathAdminReveal, api.PathAdminErase, api.PathAdminJoin} {
			body := `{"reason":"again"}`
			if path == api.PathAdminJoin {
				body = `{"reason":"again","certificate_type":"cn_id","number":"11010519491231002X"}`
			}
			if status, answer := li.do("POST", at(path, "nobody"), body); status != http.StatusNotFound || !strings.Contains(answer, "There is no such account.") {
				t.Errorf("%s of nobody: %d %s", path, status, answer)
			}
		}
		if v, err := s.mobile(s.signUp("second"), s.person("张伟")); err != nil || v.Status != verification.Verified {
			t.Errorf("the ID verifies another account: %v %v", v.Status, err)
		}
		d := ask[api.AdminAccountDetail](t, wang, "GET", at(api.PathAdminAccount, id), "")
		if d.Verified || d.Events[0].Event != "released" || d.Events[0].Party != "tester-admin, tester" || d.Events[0].Detail != "lost; seen the card" {
			t.Errorf("after: %+v", d)
		}
	})
}

// An old and a new permit, or a passport beside a card: nobody can tell but who has seen both.
func TestTwoOperatorsJoinANumberOfTheSamePerson(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		cfg.Verify.SMSInterval = 0
		s := start(t, cfg)
		id, resident := s.verified("demo", "张伟"), s.person("欧阳嘉")
		wang, li := s.operator(operator.Admin), s.operator()
		path := at(api.PathAdminJoin, id)
		body := func(kind, number string) string {
			return fmt.Sprintf(`{"certificate_type":%q,"number":%q,"reason":"both were shown"}`, kind, number)
		}
		for body, want := range map[string]string{
			body("driving_licence", "1"): "certificate_type_unsupported", body("tw_permit", "1"): "id_number_invalid",
			body("cn_id", s.person("张伟").Number): "verifies an account already",
		} {
			if status, answer := wang.do("POST", path, body); status < 400 || !strings.Contains(answer, want) {
				t.Errorf("%s: %d %s", body, status, answer)
			}
		}
		number := body("hmt_residence", resident.Number)
		if a := ask[api.AdminAgreement](t, wang, "POST", path, number); a.Done || a.Until == nil {
			t.Fatalf("by one: %+v", a)
		}
		if a := ask[api.AdminAgreement](t, li, "POST", path, body("tw_permit", "12345678")); a.Done {
			t.Errorf("by two who name different numbers: %+v", a)
		}
		if a := ask[api.AdminAgreement](t, li, "POST", path, number); !a.Done {
			t.Errorf("by two: %+v", a)
		}
		v, err := s.mobile(s.signUp("second"), resident)
		mustView(t, v, err, verification.Rejected, verification.IdentityAlreadyBound)
		status, answer := wang.do("GET", at(api.PathAdminAccount, id), "")
		mustHide(t, "the account", answer, secretsOf(resident))
		var d api.AdminAccountDetail
		if err := json.Unmarshal([]byte(answer), &d); err != nil || status != http.StatusOK || len(d.Joined) != 1 || d.Joined[0].Number != "810***********0021" ||
			d.Events[0].Event != "number_joined" || d.Events[0].Party != "tester-admin, tester" || len(d.Requests) != 1 || d.Requests[0].Kind != "join" {
			t.Errorf("%d %+v, %v", status, d, err)
		}
		found := ask[api.AdminFound](t, wang, "POST", api.PathAdminSearch, `{"by":"number","value":"`+resident.Number+`"}`)
		if len(found.Accounts) != 1 || found.Accounts[0].ID != id {
			t.Errorf("by the joined number: %+v", found.Accounts)
		}
		for _, c := range []raw{wang, li} {
			ask[api.AdminAgreement](t, c, "POST", at(api.PathAdminRelease, id), `{"reason":"another person after all"}`)
		}
		v, err = s.mobile(s.signUp("third"), resident)
		mustView(t, v, err, verification.Verified, "")
	})
}

func TestTwoOperatorsWhoReleaseAtOnceReleaseOnce(t *testing.T) {
	s := start(t, sandboxConfig(t))
	id := s.verified("demo", "张伟")
	both := []raw{s.operator(operator.Admin), s.operator()}
	done := make([]bool, 2)
	var all sync.WaitGroup
	for i, c := range both {
		all.Go(func() {
			done[i] = ask[api.AdminAgreement](t, c, "POST", at(api.PathAdminRelease, id), `{"reason":"at once"}`).Done
		})
	}
	all.Wait()
	if done[0] == done[1] {
		t.Errorf("done by %v", done)
	}
}

func TestSupportEndsSessionsAndUnlocksCaps(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.Verify.FailsPerDay, cfg.Verify.SMSInterval = 2, 0
	s := start(t, cfg)
	a, support := s.signIn("demo"), s.operator(operator.Support)
	for range 2 {
		v, err := s.mobile(a, s.person("王芳"))
		mustView(t, v, err, verification.Rejected, verification.MobileMismatch)
	}
	if _, err := a.Begin(t.Context(), byMobile(s.person("张伟"))); err == nil {
		t.Fatal("the cap does not hold")
	}
	found := ask[api.AdminFound](t, support, "POST", api.PathAdminSearch, `{"by":"username","value":"demo"}`)
	id := found.Accounts[0].ID
	d := ask[api.AdminAccountDetail](t, support, "GET", at(api.PathAdminAccount, id), "")
	used := map[string]int{}
	for _, c := range d.Caps {
		used[c.Cap] = c.Used
	}
	if used["fails_of_account"] != 2 || d.Sessions != 1 {
		t.Errorf("%+v", d)
	}
	ask[any](t, support, "POST", at(api.PathAdminUnlock, id), `{"reason":"typed it wrong"}`)
	if v, err := s.mobile(a, s.person("张伟")); err != nil || v.Status != verification.Verified {
		t.Errorf("unlocked: %v %v", v.Status, err)
	}
	ask[any](t, support, "POST", at(api.PathAdminEndSessions, id), `{"reason":"laptop stolen"}`)
	if _, err := a.Get(t.Context()); err == nil {
		t.Error("the session goes on")
	}
}

func TestAPersonIsRemovedFromTheRegistry(t *testing.T) {
	s := start(t, sandboxConfig(t))
	admin, number := s.operator(operator.Admin), s.person("张伟").Number
	body := `{"by":"number","value":"` + number + `"}`
	id := ask[api.AdminFound](t, admin, "POST", api.PathAdminSearch, body).People[0].ID
	ask[any](t, admin, "POST", at(api.PathAdminPersonRemove, id), `{"reason":"left the company"}`)
	if found := ask[api.AdminFound](t, admin, "POST", api.PathAdminSearch, body); len(found.People) != 0 {
		t.Errorf("%+v", found)
	}
	if status, _ := admin.do("GET", at(api.PathAdminPerson, id), ""); status != http.StatusNotFound {
		t.Errorf("who was removed: %d", status)
	}
}

func TestAuditorReadsVerifiesAndExportsTheTrail(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		p := s.person("张伟")
		s.verified("demo", "张伟")
		auditor := s.operator(operator.Auditor)
		if _, err := s.app.Store.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		ask[api.AuditCheck](t, auditor, "POST", api.PathAdminAuditVerify, `{}`)
		check := ask[api.AuditCheck](t, auditor, "GET", api.PathAdminAuditVerify, "")
		for check.Running {
			check = ask[api.AuditCheck](t, auditor, "GET", api.PathAdminAuditVerify, "")
		}
		if check.Fault != "" || check.Failed || check.Entries < 5 || check.By != "tester-auditor" {
			t.Errorf("%+v", check)
		}
		status, lines := auditor.do("GET", api.PathAdminAuditExport, "")
		mustHide(t, "the export", lines, secretsOf(p))
		all := strings.Split(strings.TrimSpace(lines), "\n")
		if status != http.StatusOK || len(all) < check.Entries {
			t.Fatalf("%d, %d lines of %d", status, len(all), check.Entries)
		}
		if seal, err := operator.CheckExport(strings.NewReader(lines), s.app.ExportKey()); err != nil || int(seal.Lines) != len(all)-1 {
			t.Errorf("%+v, %v", seal, err)
		}
		for _, line := range all[:len(all)-1] {
			var l api.AuditLine
			if err := json.Unmarshal([]byte(line), &l); err != nil || l.Event == "" || l.At.IsZero() {
				t.Fatalf("%s: %v", line, err)
			}
		}
		if status, said := auditor.do("GET", api.PathAdminAudit+"?behind=nonsense", ""); status != http.StatusBadRequest || !strings.Contains(said, `"field":"behind"`) {
			t.Errorf("a made-up place: %d, %s", status, said)
		}
	})
}

func TestALongHistoryIsReadPageByPage(t *testing.T) {
	s := start(t, sandboxConfig(t))
	id := s.verified("demo", "张伟")
	for range 230 { // many of one moment
		e := verify.Entry{At: s.clock.Now(), Actor: verify.ActorServer, Event: verify.EventExported}
		if err := s.app.Store.NoteEntry(t.Context(), id, e); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.app.Store.Entries(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	path := at(api.PathAdminAccount, id)
	support := s.operator(operator.Support)
	var read []int64
	for next := ""; ; {
		page := ask[api.AdminAccountDetail](t, support, "GET", path+"?behind="+url.QueryEscape(next), "")
		for _, e := range page.Events {
			read = append(read, e.Seq)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	slices.Reverse(read)
	for i, seq := range read {
		if seq != int64(i)+1 {
			t.Fatalf("the %d-th event read is %d", i, seq)
		}
	}
	if len(read) != len(all) {
		t.Errorf("%d of %d events were read", len(read), len(all))
	}
	if status, _ := support.do("GET", path+"?behind=nonsense", ""); status != http.StatusBadRequest {
		t.Errorf("behind nothing: %d", status)
	}
	cookie, _ := s.entrance("wang", operator.Support)
	_, page := s.at(cookie).do("GET", "/console/accounts/"+id, "")
	_, link, found := strings.Cut(page, `class="next" href="`)
	link, _, _ = strings.Cut(link, `"`)
	if _, second := s.at(cookie).do("GET", "/console/accounts/"+id+link, ""); !found || second == page || !strings.Contains(second, `class="next"`) {
		t.Errorf("the console has no second page behind %q", link)
	}
}

func TestWorkIsFoundByKindAndOperator(t *testing.T) {
	s := start(t, sandboxConfig(t))
	for i, w := range []operator.Work{{Kind: operator.WorkImport, Operator: "shell:li"}, {Kind: operator.WorkExport, Operator: "wang"}} {
		w.ID, w.BegunAt, w.SeenAt = strings.Repeat(strconv.Itoa(i), 32), s.clock.Now(), s.clock.Now()
		if err := s.app.Store.KeepWork(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	admin := s.operator(operator.Admin)
	cookie, _ := s.entrance("chen", operator.Admin)
	for query, want := range map[string]int{
		"": 2, "?kind=import": 1, "?operator=wang": 1, "?kind=import&operator=wang": 0, "?kind=&operator=": 2,
	} {
		if found := ask[[]api.AdminWork](t, admin, "GET", api.PathAdminWorks+query, ""); len(found) != want {
			t.Errorf("%s: %+v", query, found)
		}
		if status, page := s.at(cookie).do("GET", "/console/works"+query, ""); status != http.StatusOK || strings.Count(page, "<progress") != want {
			t.Errorf("the page %s: %d %s", query, status, page)
		}
	}
	if status, _ := admin.do("GET", api.PathAdminWorks+"?kind=nothing", ""); status != http.StatusBadRequest {
		t.Errorf("a kind that is none: %d", status)
	}
}
