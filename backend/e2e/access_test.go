package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"

	"realname.example/backend/internal/config"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/problem"
	"realname.example/shared/specimen"
	"realname.example/shared/verification"
)

// document is what this test reads of the OpenAPI document.
type document struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		Security    []map[string][]string `json:"security"`
		RequestBody *struct {
			Content map[string]json.RawMessage `json:"content"`
		} `json:"requestBody"`
	} `json:"paths"`
}

// openapi reads the document that the server describes itself with.
func (s *server) openapi() document {
	s.t.Helper()
	status, body := raw{server: s}.do("GET", "/openapi.json", "")
	var d document
	if err := json.Unmarshal([]byte(body), &d); status != 200 || err != nil {
		s.t.Fatalf("document: %d %v", status, err)
	}
	return d
}

func TestEveryRouteTakesItsOwnCallersOnly(t *testing.T) {
	s := start(t, sandboxConfig(t))
	s.givePortrait("郑强")
	owner := s.session("zhengqiang")
	v, err := s.client.Account(client.AccountToken(owner)).Begin(t.Context(), byFace(s.person("郑强")))
	if err != nil {
		t.Fatal(err)
	}
	held := s.consented(s.client.Account(client.AccountToken(owner)), v.ID)
	tokens := map[string]string{
		"nobody": "", "other": s.session("demo"), "phone": string(held.token), "operator": s.operator().token,
		"made up": strings.Repeat("A", 43),
	}
	d := s.openapi()
	if d.OpenAPI != "3.1.0" || len(d.Paths) < 25 {
		t.Fatalf("the document has version %s and %d paths", d.OpenAPI, len(d.Paths))
	}
	checked := 0
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for method, op := range d.Paths[path] {
			scheme := ""
			for _, alternative := range op.Security {
				for name := range alternative {
					scheme = name
				}
				if len(alternative) == 0 {
					scheme = ""
					break
				}
			}
			if scheme == "" {
				continue
			}
			for who, token := range tokens {
				want := http.StatusUnauthorized
				switch {
				case scheme == who:
					continue // the right one; the flows cover it
				case scheme == "account" && who == "other" && !strings.Contains(path, "{id}"):
					continue // the other account's own
				case scheme == "account" && who == "other":
					want = http.StatusNotFound
				}
				caller := raw{server: s, token: token}
				if strings.HasSuffix(path, "/evidence") {
					caller.header = map[string]string{"Content-Type": "multipart/form-data; boundary=x"}
				}
				body := ""
				switch method {
				case "post":
					body = bodyFor(path)
				case "put": // a picture of a review
					caller.header = map[string]string{"Content-Type": "image/jpeg"}
					body = string(asJPEG(t, specimen.Back("OF ANOTHER")))
				}
				filled := strings.NewReplacer("{id}", string(v.ID), "{picture}", string(verification.CardBack)).Replace(path)
				status, answer := caller.do(strings.ToUpper(method), filled, body)
				if status != want {
					t.Errorf("%s %s by %s: %d %s, want %d", method, path, who, status, answer, want)
				}
				checked++
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d combinations were checked", checked)
	}
	after, err := s.client.Account(client.AccountToken(owner)).View(t.Context(), v.ID)
	mustView(t, after, err, verification.Capturing, "")
}

// bodyFor is a well-formed request of a path.
func bodyFor(path string) string {
	switch path {
	case api.PathPassword:
		return `{"old":"old password","new":"new password"}`
	case api.PathVerifications:
		return `{"method":"affiliate","affiliate":"mall"}`
	case api.PathCodeCheck:
		return `{"code":"123456"}`
	case api.PathConfirm:
		return `{"number":"42"}`
	case api.PathConsent:
		return `{"version":"face-1"}`
	case api.PathPicturesConsent:
		return `{"version":"review-1"}`
	case api.PathChallenge:
		return `{"frames_per_second":30}`
	case api.PathProgress:
		return `{"step":"sending"}`
	case api.PathAdminApprove, api.PathAdminReject:
		return `{"reason":"because"}`
	}
	return "{}"
}

// session returns the token of a new session.
func (s *server) session(username string) string {
	s.t.Helper()
	session, err := s.client.SignIn(s.t.Context(), api.Credentials{Username: username, Password: password})
	if err != nil {
		s.t.Fatalf("sign in: %v", err)
	}
	return session.Token
}

func TestBadInputIsRefusedWithItsCodeAndChangesNothing(t *testing.T) {
	onBoth(t, refusesBadInput)
}

func refusesBadInput(t *testing.T, cfg config.Config) {
	s := start(t, cfg)
	token := s.session("demo")
	identity := func(name, number, mobile string) string {
		return fmt.Sprintf(`{"method":"mobile","identity":{"certificate_type":"cn_id","name":%q,"number":%q,"mobile":%q}}`, name, number, mobile)
	}
	const name, number, mobile = "张伟", "110100199003070111", "13800000001"
	for _, test := range []struct {
		what, method, path, body string
		code                     problem.Code
		field, cause             string
	}{
		{"nothing", "POST", api.PathVerifications, "", problem.RequestInvalid, "body", "missing"},
		{"spaces", "POST", api.PathVerifications, "  \n", problem.RequestInvalid, "body", "missing"},
		{"no JSON", "POST", api.PathVerifications, "{", problem.RequestInvalid, "body", "syntax"},
		{"an array", "POST", api.PathVerifications, "[]", problem.RequestInvalid, "body", "type"},
		{"null", "POST", api.PathVerifications, "null", problem.RequestInvalid, "body", "type"},
		{"trailing data", "POST", api.PathVerifications, identity(name, number, mobile) + "{}", problem.RequestInvalid, "body", "trailing"},
		{"an unknown field", "POST", api.PathVerifications, `{"method":"mobile","extra":1}`, problem.RequestInvalid, "extra", "unknown"},
		{"an unknown inner field", "POST", api.PathVerifications, `{"method":"mobile","identity":{"certificate_type":"cn_id","name":"张伟","number":"1","age":3}}`, problem.RequestInvalid, "identity.age", "unknown"},
		{"a field in capitals", "POST", api.PathVerifications, `{"METHOD":"affiliate","affiliate":"mall"}`, problem.RequestInvalid, "METHOD", "unknown"},
		{"no method", "POST", api.PathVerifications, `{}`, problem.RequestInvalid, "method", "missing"},
		{"an unknown method", "POST", api.PathVerifications, `{"method":"iris"}`, problem.RequestInvalid, "method", "value"},
		{"a method of the wrong type", "POST", api.PathVerifications, `{"method":7}`, problem.RequestInvalid, "method", "type"},
		{"no identity", "POST", api.PathVerifications, `{"method":"mobile"}`, problem.RequestInvalid, "identity", "missing"},
		{"an affiliate with an identity", "POST", api.PathVerifications, `{"method":"affiliate","affiliate":"mall","identity":{"certificate_type":"cn_id","name":"a","number":"b"}}`, problem.RequestInvalid, "identity", "unknown"},
		{"a field twice", "POST", api.PathVerifications, `{"method":"face","identity":{"certificate_type":"cn_id","name":"a","name":"张伟","number":"110100199003070111"}}`, problem.RequestInvalid, "identity.name", "repeated"},
		{"a NUL", "POST", api.PathSessions, `{"username":"de\u0000mo","password":"password-1"}`, problem.RequestInvalid, "username", "characters"},
		{"an id that is none", "GET", api.PathVerifications + "/a%00b", "", problem.NotFound, "", ""},
		{"an id that is no text", "GET", api.PathVerifications + "/%ff", "", problem.NotFound, "", ""},
		{"no UTF-8", "POST", api.PathVerifications, "{\"method\":\"affiliate\",\"affiliate\":\"\xff\"}", problem.RequestInvalid, "body", "syntax"},
		{"a long name", "POST", api.PathVerifications, identity(strings.Repeat("张", 401), number, mobile), problem.RequestInvalid, "identity.name", "too_long"},
		{"a huge body", "POST", api.PathVerifications, identity(strings.Repeat("张", 40000), number, mobile), problem.TooLarge, "", ""},
		{"a passport", "POST", api.PathVerifications, strings.Replace(identity(name, number, mobile), "cn_id", "passport", 1), problem.CertificateTypeUnsupported, "identity.certificate_type", "unsupported"},
		{"a wrong check character", "POST", api.PathVerifications, identity(name, "110100199003070112", mobile), problem.IDNumberInvalid, "identity.number", "check_character"},
		{"an impossible date", "POST", api.PathVerifications, identity(name, "110100199002300114", mobile), problem.IDNumberInvalid, "identity.number", "birth_date"},
		{"fifteen digits", "POST", api.PathVerifications, identity(name, "110100900307011", mobile), problem.IDNumberInvalid, "identity.number", "old_form"},
		{"a child", "POST", api.PathVerifications, identity("孙小宝", "110100201506010196", mobile), problem.GuardianRequired, "identity.number", "underage"},
		{"a doubled interpunct", "POST", api.PathVerifications, identity("买买提··艾力", number, mobile), problem.NameInvalid, "identity.name", "interpunct"},
		{"Latin letters", "POST", api.PathVerifications, identity("John Smith", number, mobile), problem.NameInvalid, "identity.name", "characters"},
		{"a number of Hong Kong", "POST", api.PathVerifications, identity(name, number, "+852 9123 4567"), problem.MobileInvalid, "identity.mobile", "not_mainland"},
		{"a landline", "POST", api.PathVerifications, identity(name, number, "01065529988"), problem.MobileInvalid, "identity.mobile", "not_mainland"},
		{"a wrong password", "POST", api.PathSessions, `{"username":"demo","password":"guessed"}`, problem.CredentialsWrong, "", ""},
		{"a wrong method", "PUT", api.PathVerifications, "{}", problem.MethodNotAllowed, "", ""},
		{"an unknown address", "GET", "/v1/nothing", "", problem.NotFound, "", ""},
		{"an unknown case", "GET", "/v1/verifications/nothing", "", problem.NotFound, "", ""},
		{"a short password", "POST", api.PathAccounts, `{"username":"somebody","password":"short"}`, problem.RequestInvalid, "password", "too_short"},
		{"a username with spaces", "POST", api.PathAccounts, `{"username":"some body","password":"long enough"}`, problem.RequestInvalid, "username", "characters"},
		{"a username that is taken", "POST", api.PathAccounts, `{"username":"DEMO","password":"long enough"}`, problem.UsernameTaken, "", ""},
		{"a wrong password", "POST", api.PathSessions, `{"username":"demo","password":"not this one"}`, problem.CredentialsWrong, "", ""},
		{"an unknown user", "POST", api.PathSessions, `{"username":"nobody","password":"not this one"}`, problem.CredentialsWrong, "", ""},
		{"an unknown ticket", "POST", api.PathClaim, `{"ticket":"AAAAAAAAAAAAAAAAAAAAAAAAAA","device":{"name":"x","public_key":"` + strings.Repeat("A", 43) + `="}}`, problem.TicketExpired, "", ""},
		{"a key that is none", "POST", api.PathClaim, `{"ticket":"AAAAAAAAAAAAAAAAAAAAAAAAAA","device":{"name":"x","public_key":"%%%"}}`, problem.RequestInvalid, "device.public_key", "characters"},
		{"a short key", "POST", api.PathClaim, `{"ticket":"AAAAAAAAAAAAAAAAAAAAAAAAAA","device":{"name":"x","public_key":"AAAA"}}`, problem.RequestInvalid, "", ""},
	} {
		t.Run(test.what, func(t *testing.T) {
			caller := raw{server: s, token: token}
			if test.path == api.PathClaim {
				caller.token = ""
			}
			status, body, header := caller.send(test.method, test.path, test.body)
			var p problem.Problem
			if err := json.Unmarshal([]byte(body), &p); err != nil {
				t.Fatalf("%d %s: %v", status, body, err)
			}
			if p.Code != test.code || status != test.code.Status() || header.Get("Content-Type") != problem.ContentType {
				t.Fatalf("%d %s, want %s", status, body, test.code)
			}
			if test.code == problem.MethodNotAllowed && !strings.Contains(header.Get("Allow"), "POST") {
				t.Errorf("Allow is %q", header.Get("Allow"))
			}
			if status == http.StatusUnauthorized && header.Get("WWW-Authenticate") != "Bearer" { // RFC 9110, 15.5.2
				t.Errorf("WWW-Authenticate is %q", header.Get("WWW-Authenticate"))
			}
			named := slices.ContainsFunc(p.Errors, func(e problem.FieldError) bool { return e.Field == test.field && e.Cause == test.cause })
			if test.field != "" && !named {
				t.Errorf("errors are %+v, want %s %s", p.Errors, test.field, test.cause)
			}
		})
	}
	account, err := s.client.Account(client.AccountToken(token)).Get(t.Context())
	if err != nil || account.Verification != nil {
		t.Errorf("a case was made: %+v, %v", account.Verification, err)
	}
}

func TestBadEvidenceIsRefusedAndCostsNoAttempt(t *testing.T) {
	s := start(t, sandboxConfig(t))
	s.givePortrait("郑强")
	a := s.signIn("zhengqiang")
	v, err := a.Begin(t.Context(), byFace(s.person("郑强")))
	if err != nil {
		t.Fatal(err)
	}
	p := s.consented(a, v.ID)
	part := func(name string, data []byte) func(*multipart.Writer) error {
		return func(w *multipart.Writer) error {
			out, err := w.CreateFormFile(name, name)
			if err == nil {
				_, err = out.Write(data)
			}
			return err
		}
	}
	small := []byte("{}")
	var many []func(*multipart.Writer) error
	many = append(many, part("manifest", small))
	for range handoff.ActionFrames + 1 { // this phone was asked for no light
		many = append(many, part("frame", small))
	}
	for _, test := range []struct {
		what  string
		parts []func(*multipart.Writer) error
		code  problem.Code
	}{
		{"no manifest", []func(*multipart.Writer) error{part("frame", small)}, problem.RequestInvalid},
		{"nothing", nil, problem.RequestInvalid},
		{"two manifests", []func(*multipart.Writer) error{part("manifest", small), part("manifest", small)}, problem.RequestInvalid},
		{"another part", []func(*multipart.Writer) error{part("manifest", small), part("video", small)}, problem.RequestInvalid},
		{"too many frames", many, problem.RequestInvalid},
		{"a huge manifest", []func(*multipart.Writer) error{part("manifest", make([]byte, handoff.MaxManifest+1))}, problem.TooLarge},
		{"a huge frame", []func(*multipart.Writer) error{part("manifest", small), part("frame", make([]byte, handoff.MaxFrameBytes+1))}, problem.TooLarge},
		{"an unsigned manifest", []func(*multipart.Writer) error{part("manifest", small), part("frame", small)}, problem.EvidenceInvalid},
	} {
		t.Run(test.what, func(t *testing.T) {
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			for _, write := range test.parts {
				if err := write(form); err != nil {
					t.Fatal(err)
				}
			}
			if err := form.Close(); err != nil {
				t.Fatal(err)
			}
			caller := raw{server: s, token: string(p.token), header: map[string]string{"Content-Type": form.FormDataContentType()}}
			status, answer := caller.do("POST", api.PathEvidence, body.String())
			var got problem.Problem
			if err := json.Unmarshal([]byte(answer), &got); err != nil || got.Code != test.code || status != test.code.Status() {
				t.Errorf("%d %s, want %s", status, answer, test.code)
			}
			if got.Code == problem.TooLarge && !strings.HasPrefix(got.Detail, "A part ") {
				t.Errorf("the body has room: %s", got.Detail)
			}
		})
	}
	after, err := a.View(t.Context(), v.ID)
	mustView(t, after, err, verification.Capturing, "")
	if after.AttemptsLeft != 5 || s.judge.judged != 0 {
		t.Errorf("%d attempts are left, %d were judged", after.AttemptsLeft, s.judge.judged)
	}
}
