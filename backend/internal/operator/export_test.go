package operator_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/operator"
)

func TestAnExportIsCheckedByThePublicPartAlone(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize))
	export := func(lines ...string) string {
		t.Helper()
		var b strings.Builder
		w := operator.NewExportWriter(&b)
		for _, l := range lines {
			if err := w.Line(map[string]string{"event": l}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(key, time.Date(2026, 11, 29, 21, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	whole := export("begun", "code_sent", "verified")
	lines := strings.SplitAfter(whole, "\n")
	seal := lines[3]
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"as it was exported":   {whole, nil},
		"of nothing":           {export(), nil},
		"a changed line":       {strings.Replace(whole, "code_sent", "code_lost", 1), operator.ErrExportChanged},
		"a removed line":       {lines[0] + lines[2] + seal, operator.ErrExportChanged},
		"a moved line":         {lines[1] + lines[0] + lines[2] + seal, operator.ErrExportChanged},
		"a line more":          {lines[0] + whole, operator.ErrExportChanged},
		"cut":                  {lines[0] + lines[1], operator.ErrExportCut},
		"cut in a line":        {whole[:len(whole)-40], operator.ErrExportCut},
		"empty":                {"", operator.ErrExportCut},
		"a later moment":       {strings.Replace(whole, "T21:", "T22:", 1), operator.ErrExportKey},
		"another number":       {strings.Replace(whole, `"lines":3`, `"lines":2`, 1), operator.ErrExportKey},
		"a seal of its own":    {lines[0] + export("x"), operator.ErrExportChanged},
		"no JSON":              {"nonsense\n", operator.ErrExportCut},
		"a signature of noise": {strings.Replace(whole, `"signature":"`, `"signature":"AAAA`, 1), operator.ErrExportKey},
	} {
		public, _ := key.Public().(ed25519.PublicKey)
		if _, err := operator.CheckExport(strings.NewReader(test.text), public); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	strange, _ := other.Public().(ed25519.PublicKey)
	if _, err := operator.CheckExport(strings.NewReader(whole), strange); !errors.Is(err, operator.ErrExportKey) {
		t.Errorf("by another key: %v", err)
	}
}
