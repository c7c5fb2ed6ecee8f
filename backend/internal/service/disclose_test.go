package service_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"realname.example/backend/internal/service"
	"realname.example/shared/identity"
)

var (
	verifiedAt = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	now        = verifiedAt.Add(28 * 24 * time.Hour)
)

// facts of a person whom a carrier vouched for.
func facts() service.Facts {
	return service.Facts{
		Framework: "cn_real_name", At: verifiedAt, Method: "mobile", Process: "c1",
		Name: identity.NewPII("张伟"), Number: identity.NewPII("110100199003070111"),
	}
}

const (
	record   = `{"record":{"type":"mobile_carrier"},"type":"electronic_record"}`
	document = `{"document_details":{"document_number":"110100199003070111","issuer":{"country_code":"CHN"},"type":"idcard"},"type":"document"}`
	plain    = `{"claims":{"name":"张伟"},"verification":{"trust_framework":"cn_real_name"}}`
)

func TestServicesAreToldWhatTheyAskedMayHaveAndTheirPersonAgreedTo(t *testing.T) {
	both := []string{service.ClaimName, service.ClaimNumber}
	for name, test := range map[string]struct {
		asked           string
		allowed, agreed []string
		unverified      bool
		face            bool
		want            string // empty for nothing
	}{
		"the name alone":                {asked: `{"verification":{"trust_framework":null},"claims":{"name":null}}`, allowed: both, agreed: both, want: plain},
		"the name, not allowed":         {asked: `{"verification":{"trust_framework":null},"claims":{"name":null}}`, agreed: both},
		"the name, not agreed to":       {asked: `{"verification":{"trust_framework":null},"claims":{"name":null}}`, allowed: both, agreed: []string{"number"}},
		"of nobody who is verified":     {asked: `{"verification":{"trust_framework":null},"claims":{"name":null}}`, allowed: both, agreed: both, unverified: true},
		"nothing was asked":             {allowed: both, agreed: both},
		"no claims":                     {asked: `{"verification":{"trust_framework":null}}`, allowed: both, agreed: both},
		"empty claims":                  {asked: `{"verification":{"trust_framework":null},"claims":{}}`, allowed: both, agreed: both},
		"no verification":               {asked: `{"claims":{"name":null}}`, allowed: both, agreed: both},
		"the framework is not asked":    {asked: `{"verification":{},"claims":{"name":null}}`, allowed: both, agreed: both, want: plain},
		"the framework that it is":      {asked: `{"verification":{"trust_framework":{"value":"cn_real_name"}},"claims":{"name":null}}`, allowed: both, agreed: both, want: plain},
		"one of several frameworks":     {asked: `{"verification":{"trust_framework":{"values":["eidas","cn_real_name"]}},"claims":{"name":null}}`, allowed: both, agreed: both, want: plain},
		"another framework":             {asked: `{"verification":{"trust_framework":{"value":"eidas"}},"claims":{"name":null}}`, allowed: both, agreed: both},
		"none of several frameworks":    {asked: `{"verification":{"trust_framework":{"values":["eidas","de_aml"]}},"claims":{"name":null}}`, allowed: both, agreed: both},
		"values that are no list":       {asked: `{"verification":{"trust_framework":{"values":"cn_real_name"}},"claims":{"name":null}}`, allowed: both, agreed: both},
		"young enough":                  {asked: `{"verification":{"trust_framework":null,"time":{"max_age":2419200}},"claims":{"name":null}}`, allowed: both, agreed: both, want: `{"claims":{"name":"张伟"},"verification":{"time":"2026-11-01T08:00:00Z","trust_framework":"cn_real_name"}}`},
		"a second too old":              {asked: `{"verification":{"trust_framework":null,"time":{"max_age":2419199}},"claims":{"name":null}}`, allowed: both, agreed: both},
		"an age that is no number":      {asked: `{"verification":{"trust_framework":null,"time":{"max_age":"old"}},"claims":{"name":null}}`, allowed: both, agreed: both},
		"the process":                   {asked: `{"verification":{"verification_process":null},"claims":{"name":null}}`, allowed: both, agreed: both, want: `{"claims":{"name":"张伟"},"verification":{"trust_framework":"cn_real_name","verification_process":"c1"}}`},
		"an element that we lack":       {asked: `{"verification":{"trust_framework":null,"assurance_level":null},"claims":{"name":null}}`, allowed: both, agreed: both, want: plain},
		"an essential one that we lack": {asked: `{"verification":{"assurance_level":{"essential":true}},"claims":{"name":null}}`, allowed: both, agreed: both, want: plain},
		"a value of one that we lack":   {asked: `{"verification":{"assurance_level":{"value":"high"}},"claims":{"name":null}}`, allowed: both, agreed: both},

		"a claim that nobody has":     {asked: `{"verification":{"trust_framework":null},"claims":{"name":null,"birthdate":null}}`, allowed: both, agreed: both, want: plain},
		"an essential one nobody has": {asked: `{"verification":{"trust_framework":null},"claims":{"name":null,"email":{"essential":true}}}`, allowed: both, agreed: both, want: plain},
		"only one that nobody has":    {asked: `{"verification":{"trust_framework":null},"claims":{"birthdate":null}}`, allowed: both, agreed: both},
		"an essential name":           {asked: `{"verification":{"trust_framework":null},"claims":{"name":{"essential":true}}}`, allowed: both, agreed: both, want: plain},
		"the name that it is":         {asked: `{"verification":{"trust_framework":null},"claims":{"name":{"value":"张伟"}}}`, allowed: both, agreed: both, want: plain},
		"another name":                {asked: `{"verification":{"trust_framework":null},"claims":{"name":{"value":"王芳"}}}`, allowed: both, agreed: both},
		"a claim asked for by a word": {asked: `{"verification":{"trust_framework":null},"claims":{"name":"yes"}}`, allowed: both, agreed: both},

		"evidence by its type":       {asked: `{"verification":{"evidence":[{"type":{"value":"electronic_record"},"record":{"type":null}}]},"claims":{"name":null}}`, allowed: both, agreed: both, want: `{"claims":{"name":"张伟"},"verification":{"evidence":[` + record + `],"trust_framework":"cn_real_name"}}`},
		"the number":                 {asked: `{"verification":{"evidence":[{"type":{"value":"document"},"document_details":{"type":null,"issuer":{"country_code":null},"document_number":null}}]},"claims":{"name":null}}`, allowed: both, agreed: both, want: `{"claims":{"name":"张伟"},"verification":{"evidence":[` + document + `],"trust_framework":"cn_real_name"}}`},
		"the number, by a face scan": {asked: `{"verification":{"evidence":[{"type":{"value":"document"},"document_details":{"document_number":null}}]},"claims":{"name":null}}`, allowed: both, agreed: both, face: true, want: `{"claims":{"name":"张伟"},"verification":{"evidence":[{"document_details":{"document_number":"110100199003070111"},"type":"document"}],"trust_framework":"cn_real_name"}}`},
		"the number, not allowed":    {asked: `{"verification":{"evidence":[{"type":{"value":"document"},"document_details":{"type":null,"document_number":null}}]},"claims":{"name":null}}`, allowed: []string{"name"}, agreed: both, want: `{"claims":{"name":"张伟"},"verification":{"evidence":[{"document_details":{"type":"idcard"},"type":"document"}],"trust_framework":"cn_real_name"}}`},
		"the number, not agreed to":  {asked: `{"verification":{"evidence":[{"type":{"value":"document"},"document_details":{"type":null,"document_number":null}}]},"claims":{"name":null}}`, allowed: both, agreed: []string{"name"}, want: `{"claims":{"name":"张伟"},"verification":{"evidence":[{"document_details":{"type":"idcard"},"type":"document"}],"trust_framework":"cn_real_name"}}`},
		"details that become empty":  {asked: `{"verification":{"evidence":[{"type":{"value":"document"},"document_details":{"document_number":null}}]},"claims":{"name":null}}`, allowed: []string{"name"}, agreed: both, want: `{"claims":{"name":"张伟"},"verification":{"evidence":[{"type":"document"}],"trust_framework":"cn_real_name"}}`},
		"all evidence, unnamed":      {asked: `{"verification":{"evidence":null},"claims":{"name":null}}`, allowed: both, agreed: both, want: `{"claims":{"name":"张伟"},"verification":{"evidence":[` + record + `,{"document_details":{"issuer":{"country_code":"CHN"},"type":"idcard"},"type":"document"}],"trust_framework":"cn_real_name"}}`},
		"both kinds of evidence":     {asked: `{"verification":{"evidence":[{"type":{"value":"electronic_record"},"record":{"type":null}},{"type":{"value":"document"}}]},"claims":{"name":null}}`, allowed: both, agreed: both, want: `{"claims":{"name":"张伟"},"verification":{"evidence":[` + record + `,{"type":"document"}],"trust_framework":"cn_real_name"}}`},
		"one kind of two is there":   {asked: `{"verification":{"evidence":[{"type":{"value":"vouch"}},{"type":{"value":"document"}}]},"claims":{"name":null}}`, allowed: both, agreed: both, want: `{"claims":{"name":"张伟"},"verification":{"evidence":[{"type":"document"}],"trust_framework":"cn_real_name"}}`},
		"evidence of another kind":   {asked: `{"verification":{"evidence":[{"type":{"value":"vouch"}}]},"claims":{"name":null}}`, allowed: both, agreed: both},
		"a record of another kind":   {asked: `{"verification":{"evidence":[{"type":{"value":"electronic_record"},"record":{"type":{"value":"bank_account"}}}]},"claims":{"name":null}}`, allowed: both, agreed: both},
		"a record, by a face scan":   {asked: `{"verification":{"evidence":[{"type":{"value":"electronic_record"}}]},"claims":{"name":null}}`, allowed: both, agreed: both, face: true},
		"evidence that is no list":   {asked: `{"verification":{"trust_framework":null,"evidence":"all"},"claims":{"name":null}}`, allowed: both, agreed: both, want: plain},
		"the number by its value":    {asked: `{"verification":{"evidence":[{"type":{"value":"document"},"document_details":{"document_number":{"value":"11010019851224022X"}}}]},"claims":{"name":null}}`, allowed: []string{"name"}, agreed: []string{"name"}},

		"two frameworks, one is ours": {asked: `[{"verification":{"trust_framework":{"value":"eidas"}},"claims":{"name":null}},{"verification":{"trust_framework":{"value":"cn_real_name"}},"claims":{"name":null}}]`, allowed: both, agreed: both, want: `[` + plain + `]`},
		"two frameworks, none is":     {asked: `[{"verification":{"trust_framework":{"value":"eidas"}},"claims":{"name":null}},{"verification":{"trust_framework":{"value":"de_aml"}},"claims":{"name":null}}]`, allowed: both, agreed: both},
		"an empty array":              {asked: `[]`, allowed: both, agreed: both},
		"words in an array":           {asked: `["name", 1, null]`, allowed: both, agreed: both},
		"a word":                      {asked: `"name"`, allowed: both, agreed: both},
		"null":                        {asked: `null`, allowed: both, agreed: both},
	} {
		t.Run(name, func(t *testing.T) {
			f := facts()
			if test.unverified {
				f = service.Facts{}
			}
			if test.face {
				f.Method = "face"
			}
			got := service.Disclose([]byte(test.asked), f, service.Service{Claims: test.allowed}, service.Grant{Claims: test.agreed}, now)
			text, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			if want := test.want; want == "" && got != nil || want != "" && string(text) != want {
				t.Errorf("told %s\nwant %s", text, want)
			}
		})
	}
}

func TestAPersonIsAskedForWhatAServiceMayHave(t *testing.T) {
	const number = `"verification":{"evidence":[{"document_details":{"document_number":null}}]}`
	for name, test := range map[string]struct {
		parameter string
		allowed   []string
		status    bool
		claims    []string
	}{
		"nothing":                 {"", service.Claims(), false, nil},
		"other claims":            {`{"userinfo":{"email":null}}`, service.Claims(), false, nil},
		"the name":                {`{"userinfo":{"verified_claims":{"claims":{"name":null}}}}`, service.Claims(), true, []string{"name"}},
		"the name, not allowed":   {`{"userinfo":{"verified_claims":{"claims":{"name":null}}}}`, nil, true, nil},
		"the number in the token": {`{"id_token":{"verified_claims":{` + number + `}}}`, service.Claims(), true, []string{"number"}},
		"one here, one there":     {`{"id_token":{"verified_claims":[{` + number + `}]},"userinfo":{"verified_claims":{"claims":{"name":null}}}}`, service.Claims(), true, []string{"name", "number"}},
		"a word":                  {`{"userinfo":{"verified_claims":"all"}}`, service.Claims(), false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			asked, err := service.ParseAsked(test.parameter)
			if err != nil {
				t.Fatal(err)
			}
			w := asked.Wants(service.Service{Claims: test.allowed})
			if w.Status != test.status || len(w.Claims) != len(test.claims) {
				t.Fatalf("wants %+v", w)
			}
			for i, c := range test.claims {
				if w.Claims[i] != c {
					t.Errorf("wants %+v", w)
				}
			}
		})
	}
	if _, err := service.ParseAsked(`["no object"]`); err == nil {
		t.Error("claims that are no object were read")
	}
}

// What is told is never more than what was asked, may be had and was agreed to,
// whatever is asked.
func FuzzDiscloseTellsNothingUnasked(f *testing.F) {
	f.Add(`{"verification":{"evidence":null},"claims":{"name":null}}`, true)
	f.Add(`[{"verification":{"evidence":[{"document_details":{"document_number":null}}]},"claims":{"name":null}}]`, false)
	f.Fuzz(func(t *testing.T, asked string, named bool) {
		s, g := service.Service{Claims: service.Claims()}, service.Grant{Claims: []string{service.ClaimNumber}}
		secret := "张伟"
		if named {
			g.Claims, secret = []string{service.ClaimName}, "110100199003070111"
		}
		text, err := json.Marshal(service.Disclose([]byte(asked), facts(), s, g, now))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s brought %s", asked, text)
		}
	})
}

// What was not asked is read as nothing: null, which it would be written as, costs each
// token three looks into the database.
func TestWhatIsKeptOfARequestIsWhatWasAsked(t *testing.T) {
	t.Parallel()
	asked, err := service.ParseAsked(`{"userinfo":{"verified_claims":{"claims":{"name":null}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := json.Marshal(service.Session{Asked: asked})
	if err != nil {
		t.Fatal(err)
	}
	var session service.Session
	if err := json.Unmarshal(kept, &session); err != nil {
		t.Fatal(err)
	}
	if string(session.Asked.Userinfo) != string(asked.Userinfo) || session.Asked.IDToken != nil {
		t.Errorf("kept %s, and read %+v", kept, session.Asked)
	}
}
