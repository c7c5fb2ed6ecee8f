package handoff_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"realname.example/shared/handoff"
)

var (
	ticket  = handoff.Ticket(bytes.Repeat([]byte{0xA5}, handoff.TicketBytes))
	keyHash = handoff.KeyHash(bytes.Repeat([]byte{0x5A}, 32))
)

func TestFormatFitsTheQRAlphabet(t *testing.T) {
	s := handoff.Format(handoff.Text{Server: "https://192.168.100.100:8443", Ticket: ticket, KeyHash: keyHash})
	if strings.Trim(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:") != "" {
		t.Errorf("%q leaves QR's alphanumeric mode", s)
	}
	if len(s) > 90 { // version 4 at level M (ISO/IEC 18004 table 7)
		t.Errorf("%d characters do not fit version 4 at level M", len(s))
	}
}

func TestParseReadsWhatFormatWrote(t *testing.T) {
	for _, want := range []handoff.Text{
		{Server: "https://id.example.com", Ticket: ticket},
		{Server: "https://192.168.1.20:8443", Ticket: ticket, KeyHash: keyHash},
		{Server: "http://127.0.0.1:8080", Ticket: ticket},
	} {
		got, err := handoff.Parse(handoff.Format(want))
		if err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
}

func TestParseTellsForeignFromDamaged(t *testing.T) {
	ours := handoff.Format(handoff.Text{Server: "https://id.example.com", Ticket: ticket, KeyHash: keyHash})
	for s, want := range map[string]error{
		"":                                  handoff.ErrForeign,
		"https://example.com/":              handoff.ErrForeign,
		"WIFI:T:WPA;S:cafe;P:secret;;":      handoff.ErrForeign,
		"http://id.example.com/Q/" + ticket: handoff.ErrForeign,
		"https://u:p@h/Q/" + ticket:         handoff.ErrForeign,
		"javascript:alert(1)/Q/" + ticket:   handoff.ErrForeign,
		"https://h/Q/":                      handoff.ErrDamaged,
		ours[:len(ours)-1]:                  handoff.ErrDamaged,
		ours + "A":                          handoff.ErrDamaged,
		"https://h/Q/" + ticket[:20]:        handoff.ErrDamaged,
		"https://h/Q/" + ticket + ".":       handoff.ErrDamaged,
		strings.Replace(ours, ticket, ticket[:5]+"1"+ticket[6:], 1): handoff.ErrDamaged,
	} {
		if _, err := handoff.Parse(s); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", s, err, want)
		}
	}
}

func TestAServersAddressIsReadAsPeopleTypeIt(t *testing.T) {
	for typed, want := range map[string]string{
		"server.example":                 "https://server.example",
		"server.example:8443/":           "https://server.example:8443",
		" https://Server.example ":       "https://server.example",
		"192.168.1.20:8443":              "https://192.168.1.20:8443",
		"localhost:8080":                 "http://localhost:8080",
		"127.0.0.1":                      "http://127.0.0.1",
		"[::1]:8080":                     "http://[::1]:8080",
		"https://127.0.0.1:8443":         "https://127.0.0.1:8443",
		"https://server.example:443":     "https://server.example",
		"http://localhost:80":            "http://localhost",
		"https://localhost:80":           "https://localhost:80",
		"实名。中国:8443":                     "https://xn--eqrx9o.xn--fiqs8s:8443",
		"[2001:DB8::1]:443":              "https://[2001:db8::1]",
		"real_name:8443":                 "https://real_name:8443",
		"实 名.example":                    "",
		"http://server.example":          "",
		"ftp://server.example":           "",
		"server.example/path":            "",
		"me@server.example":              "",
		"":                               "",
		"two words":                      "",
		"https://https://server.example": "",
	} {
		got, err := handoff.ReadServer(typed)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
}

func TestParseTyped(t *testing.T) {
	for _, s := range []string{"KFRM7TQX", "kfrm-7tqx", " KFRM 7TQX"} {
		if got, err := handoff.ParseTyped(s); err != nil || handoff.FormatTyped(got) != "KFRM-7TQX" {
			t.Errorf("%q: got %q, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "KFRM7TQ", "KFRM7TQXX", "KFRM7TQ0", "KFRM7TQI"} {
		if _, err := handoff.ParseTyped(s); err == nil {
			t.Errorf("%q: accepted", s)
		}
	}
}

func TestOpenRefusesAChangedManifest(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	stranger, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := handoff.Manifest{Challenge: "c", Nonce: "n", Frames: []handoff.ManifestFrame{{SHA256: handoff.HashFrame([]byte("x"))}}}
	part, err := handoff.Sign(private, want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := handoff.Open(public, part)
	if err != nil || got.Challenge != "c" || got.Nonce != "n" || len(got.Frames) != 1 || got.Frames[0] != want.Frames[0] {
		t.Fatalf("got %+v, %v", got, err)
	}
	if _, err := handoff.Open(stranger, part); !errors.Is(err, handoff.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	var wire struct{ Manifest, Signature []byte }
	if err := json.Unmarshal(part, &wire); err != nil {
		t.Fatal(err)
	}
	wire.Manifest = bytes.Replace(wire.Manifest, []byte(`"c"`), []byte(`"d"`), 1)
	changed, err := json.Marshal(map[string][]byte{"manifest": wire.Manifest, "signature": wire.Signature})
	if err != nil {
		t.Fatal(err)
	}
	for name, part := range map[string][]byte{
		"changed": changed, "trailing": append(bytes.Clone(part), "{}"...), "not JSON": []byte("x"),
		"empty": nil, "too long": bytes.Repeat([]byte(" "), handoff.MaxManifest+1),
	} {
		if _, err := handoff.Open(public, part); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(handoff.Format(handoff.Text{Server: "https://id.example.com", Ticket: ticket, KeyHash: keyHash}))
	f.Add("https://h/Q/" + ticket)
	f.Add("WIFI:S:x;;")
	f.Fuzz(func(t *testing.T, s string) {
		text, err := handoff.Parse(s)
		if err != nil {
			if !errors.Is(err, handoff.ErrForeign) && !errors.Is(err, handoff.ErrDamaged) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if again, err := handoff.Parse(handoff.Format(text)); err != nil || again != text {
			t.Fatalf("%q: %+v does not come back: %+v, %v", s, text, again, err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	part, err := handoff.Sign(key, handoff.Manifest{Challenge: "c"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(part)
	f.Add([]byte(`{"manifest":"","signature":""}`))
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		f.Fatal("no public key")
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := handoff.Open(public, data)
		if err == nil && m.Challenge != "c" {
			t.Fatalf("a manifest that was never signed was opened: %+v", m)
		}
	})
}
