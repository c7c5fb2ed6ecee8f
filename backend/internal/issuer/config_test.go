package issuer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realname.example/backend/internal/issuer"
)

// good is an entry that is taken.
func good() map[string]any {
	return map[string]any{
		"id": "mall", "name": map[string]any{"zh": "商城", "en": "Mall"}, "issuer": "https://mall.example/oidc",
		"client_id": "realname", "use": []any{"sign_in", "affiliate"}, "trust_frameworks": []any{"cn_real_name"},
		"max_age": 31536000, "number": "/claims/number", "scopes": []any{"offline_access"}, "redirect_port": 0,
	}
}

func readEntries(t *testing.T, entries ...any) ([]issuer.Config, error) {
	t.Helper()
	data, err := json.Marshal(entries)
	if err != nil {
		t.Fatal(err)
	}
	return readText(t, string(data))
}

func readText(t *testing.T, text string) ([]issuer.Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "issuers.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return issuer.ReadFile(path)
}

func TestEntryIsRead(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(" top secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := good()
	e["client_secret_file"] = secret
	all, err := readEntries(t, e)
	if err != nil {
		t.Fatal(err)
	}
	c := all[0]
	if c.ID != "mall" || c.Name.ZH != "商城" || !c.For(issuer.UseSignIn) || !c.For(issuer.UseAffiliate) || c.Secret.Reveal() != "top secret" {
		t.Errorf("read as %+v", c)
	}
}

// Every entry that cannot work has its own sentence, which names the entry and what
// is wrong with it.
func TestBadEntriesAreNamed(t *testing.T) {
	for name, test := range map[string]struct {
		change func(map[string]any)
		says   string
	}{
		"an unknown key":          {func(e map[string]any) { e["scope"] = "x" }, `unknown field "scope"`},
		"no id":                   {func(e map[string]any) { delete(e, "id") }, "id is missing"},
		"an id that no path has":  {func(e map[string]any) { e["id"] = "Mall/1" }, "id is missing, or has"},
		"no Chinese name":         {func(e map[string]any) { e["name"] = map[string]any{"en": "Mall"} }, "name needs zh and en"},
		"no client":               {func(e map[string]any) { delete(e, "client_id") }, "client_id is missing"},
		"no issuer":               {func(e map[string]any) { delete(e, "issuer") }, "issuer: "},
		"an issuer in clear":      {func(e map[string]any) { e["issuer"] = "http://mall.example" }, "only loopback may be plain"},
		"an issuer with a query":  {func(e map[string]any) { e["issuer"] = "https://mall.example/?a=b" }, "a query or a fragment"},
		"an issuer with a user":   {func(e map[string]any) { e["issuer"] = "https://me@mall.example" }, "is no address"},
		"no use":                  {func(e map[string]any) { e["use"] = []any{} }, "use is empty"},
		"a use that is none":      {func(e map[string]any) { e["use"] = []any{"login"} }, `"login" is neither`},
		"a use twice":             {func(e map[string]any) { e["use"] = []any{"sign_in", "sign_in"} }, "is there twice"},
		"a scope with a blank":    {func(e map[string]any) { e["scopes"] = []any{"a b"} }, `"a b" is no scope`},
		"a port that is none":     {func(e map[string]any) { e["redirect_port"] = 70000 }, "redirect_port is 70000"},
		"an age below zero":       {func(e map[string]any) { e["max_age"] = -1 }, "max_age is -1"},
		"an age in words":         {func(e map[string]any) { e["max_age"] = "1y" }, "max_age"},
		"no framework":            {func(e map[string]any) { delete(e, "trust_frameworks") }, "trust_frameworks names none"},
		"no number":               {func(e map[string]any) { delete(e, "number") }, "number is missing"},
		"a number by no pointer":  {func(e map[string]any) { e["number"] = "claims.number" }, "number: "},
		"a secret that is absent": {func(e map[string]any) { e["client_secret_file"] = "/nowhere/secret" }, "client_secret_file cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := good()
			bad["id"] = "bad"
			test.change(bad)
			_, err := readEntries(t, good(), bad)
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "REALNAME_ISSUERS: entry 2") {
				t.Errorf("got %v, want a sentence of entry 2 that says %q", err, test.says)
			}
		})
	}
}

func TestBadFiles(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "an object": "{}", "cut off": `[{"id":`, "something behind it": "[] x"} {
		if _, err := readText(t, text); err == nil || !strings.Contains(err.Error(), "REALNAME_ISSUERS") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := issuer.ReadFile("/nowhere/issuers.json"); err == nil || !strings.Contains(err.Error(), "REALNAME_ISSUERS cannot be read") {
		t.Errorf("absent: %v", err)
	}
	twice, other := good(), good()
	other["id"] = "other"
	if _, err := readEntries(t, good(), twice); err == nil || !strings.Contains(err.Error(), "entry 1 has the same id") {
		t.Errorf("one id twice: %v", err)
	}
	if _, err := readEntries(t, good(), other); err == nil || !strings.Contains(err.Error(), "the same issuer and use") {
		t.Errorf("one issuer twice: %v", err)
	}
}
