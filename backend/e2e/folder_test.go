package e2e_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realname.example/backend/internal/app"
)

func TestOneDataFolderServesOneBackend(t *testing.T) {
	s := start(t, sandboxConfig(t))
	second := s.cfg
	second.Listen = "127.0.0.1:0"
	if _, err := app.Open(t.Context(), second, app.Options{Judge: &judge{}}); err == nil || !strings.Contains(err.Error(), "serves another backend") {
		t.Errorf("a second one: %v", err)
	}
	s.restart() // what has ended lets go
}

func TestTroubleOfAStartIsSaidWithTheNextStep(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ listen, data, says string }{
		{taken.Addr().String(), t.TempDir(), "choose another address with --listen"},
		{"127.0.0.1:0", file, "name another with --data"},
	} {
		cfg := sandboxConfig(t)
		cfg.Listen, cfg.Data = test.listen, test.data
		if _, err := app.Open(t.Context(), cfg, app.Options{Judge: &judge{}}); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s %s: %v", test.listen, test.data, err)
		}
	}
}

func TestPortraitsAreFoundBesideTheModels(t *testing.T) {
	set := t.TempDir()
	for _, folder := range []string{"models", "recordings/franck"} {
		if err := os.MkdirAll(filepath.Join(set, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(set, "recordings", "franck", "portrait.jpg"), []byte("a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := sandboxConfig(t)
	cfg.Models = filepath.Join(set, "models")
	s := start(t, cfg)
	if !s.person("吴敏").Portrait || s.person("陈静").Portrait {
		t.Errorf("portraits: %+v, %+v", s.person("吴敏"), s.person("陈静"))
	}
}
