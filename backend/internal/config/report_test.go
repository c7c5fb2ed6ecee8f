package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realname.example/backend/internal/config"
)

func inForce(t *testing.T, c config.Config) map[string]config.Setting {
	t.Helper()
	all, err := config.InForce(c)
	if err != nil || len(all) < 80 {
		t.Fatalf("%d settings, %v", len(all), err)
	}
	named := map[string]config.Setting{}
	for _, s := range all {
		named[s.Variable] = s
	}
	return named
}

// No setting whose value opens something is shown, whatever it is.
func TestNoSecretIsShown(t *testing.T) {
	const password = "correct-horse-battery"
	c := config.Default(config.Production)
	opens := func(name string) bool {
		for _, word := range []string{"SECRET", "PASSWORD", "TOKEN", "KEY_ID", "DATABASE_URL", "_KEYS"} {
			if strings.Contains(name, word) {
				return !strings.Contains(name, "RATE")
			}
		}
		return false
	}
	for name, s := range inForce(t, c) {
		if opens(name) && !s.Secret {
			t.Errorf("%s would be shown", name)
		}
	}
	c.DatabaseURL = "postgres://realname:" + password + "@db/realname"
	c.Tencent.Endpoint = "https://me:" + password + "@gateway.example"
	c.SandboxPassword = password
	for name, s := range inForce(t, c) {
		if strings.Contains(s.Value, password) {
			t.Errorf("%s shows %s", name, s.Value)
		}
	}
	if s := inForce(t, c)["REALNAME_DATABASE_URL"]; !s.Set || s.Value != "" {
		t.Errorf("%+v", s)
	}
}

func TestEachSettingSaysWhatItIs(t *testing.T) {
	c := config.Default(config.Sandbox)
	c.TrustedProxies = nil
	named := inForce(t, c)
	for variable, want := range map[string]string{"REALNAME_LISTEN": "127.0.0.1:8080", "REALNAME_SESSION_LIFE": "720h0m0s", "REALNAME_TRUSTED_PROXIES": ""} {
		if s := named[variable]; s.Value != want || s.From != config.FromDefault || s.Help == "" {
			t.Errorf("%+v, want %s", s, want)
		}
	}
}

func TestEachSettingSaysWhereItCameFrom(t *testing.T) {
	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	token := write("token", "0123456789abcdef0123456789abcdef")
	settings := write("settings.json", `{"name": "Registry", "log-level": "warn", "listen": "127.0.0.1:9"}`)
	env := map[string]string{"REALNAME_LOG_LEVEL": "error", "REALNAME_METRICS_TOKEN_FILE": token, "REALNAME_LISTEN": "127.0.0.1:8"}
	c, err := config.Load([]string{"--config", settings, "--listen", "127.0.0.1:7"}, func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	named := inForce(t, c)
	for variable, want := range map[string]config.Setting{
		"REALNAME_LISTEN":        {Value: "127.0.0.1:7", From: config.FromFlag},
		"REALNAME_LOG_LEVEL":     {Value: "error", From: config.FromEnvironment},
		"REALNAME_NAME":          {Value: "Registry", From: config.FromSettingsFile},
		"REALNAME_METRICS_TOKEN": {From: config.FromSecretFile},
		"REALNAME_SESSION_LIFE":  {Value: "720h0m0s", From: config.FromDefault},
	} {
		if s := named[variable]; s.Value != want.Value || s.From != want.From || !s.Set {
			t.Errorf("%+v, want %s from %s", s, want.Value, want.From)
		}
	}
}
