package e2e_test

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// A folder may be called as people call folders; everything lies inside it, for
// its owner only.
func TestTheDataFolderMayHaveAnyName(t *testing.T) {
	names := []string{"client #1", "what?", "100 %", "a%20b", "数据 文件夹", "a&b=c;d"}
	if runtime.GOOS == "windows" {
		names = []string{"client #1", "100 %", "a%20b", "数据 文件夹", "a&b=c;d"}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			cfg := sandboxConfig(t)
			cfg.Data = filepath.Join(parent, name)
			s := start(t, cfg)
			v, err := s.mobile(s.signIn("demo"), s.person("张伟"))
			mustView(t, v, err, verification.Verified, "")
			s.restart()
			s.signIn("demo")
			s.stop()
			if beside, err := os.ReadDir(parent); err != nil || len(beside) != 1 {
				t.Errorf("beside the folder: %v, %v", beside, err)
			}
			there := false
			err = filepath.WalkDir(cfg.Data, func(path string, d fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				there = there || d.Name() == "realname.db"
				info, err := d.Info()
				if err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
					t.Errorf("%s is open to others: %s", d.Name(), info.Mode())
				}
				return err
			})
			if err != nil || !there {
				t.Errorf("the database is not inside: %v", err)
			}
		})
	}
}

// Behind a proxy with a certificate of its own, our key's hash would stop the
// phone.
func TestBehindAProxyTheQRHasNoKeyHash(t *testing.T) {
	for public, want := range map[string]bool{"": true, "https://id.example.com": false} {
		cfg := sandboxConfig(t)
		cfg.Listen, cfg.PublicURL, cfg.SandboxPublic = "0.0.0.0:0", public, true
		s := start(t, cfg)
		_, port, err := net.SplitHostPort(s.app.Address())
		if err != nil {
			t.Fatal(err)
		}
		s.client, err = client.New(client.Config{Server: "https://127.0.0.1:" + port, Pin: client.Pin(s.app.KeyHash()), Device: "PC"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.client.Close()
		a := s.signIn("demo")
		v, err := a.Begin(t.Context(), byFace(s.person("张伟")))
		mustView(t, v, err, verification.FaceRequired, "")
		h, err := a.Handoff(t.Context(), v.ID, api.NewHandoff{})
		if err != nil {
			t.Fatal(err)
		}
		text, err := handoff.Parse(h.URL)
		if err != nil || (text.KeyHash != "") != want {
			t.Errorf("%q: %s, %v", public, h.URL, err)
		}
	}
}
