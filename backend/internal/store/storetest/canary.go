package storetest

import (
	"testing"
	"time"

	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// Canaries are personal values that nothing else contains. Fill writes each of
// them; none may stand in a dump.
func Canaries() []string {
	return []string{"欧阳䮌鷉", "110100199003070111", "13987654321", "欧阳的电脑", "欧阳的手机", "203.0.113.canary", "628193"}
}

// Fill writes the canaries wherever the store keeps personal data.
func Fill(t testing.TB, s *store.Store) {
	t.Helper()
	c := Canaries()
	who := verify.Identity{
		CertificateType: identity.CNID, Name: identity.NewPII(c[0]), Number: identity.NewPII(c[1]), Mobile: identity.NewPII(c[2]),
	}
	for i, end := range []verification.Status{verification.Rejected, verification.Verified} {
		open := NewCase("canary"+string(rune('0'+i)), "demo", who)
		open.PC.Device, open.PC.Network = c[3], c[5]
		Create(t, s, open)
		Update(t, s, open.ID, handed(verification.CardFront, c[0]))
		Update(t, s, open.ID, func(open *verify.Case) (verify.Effects, error) {
			open.Phone = &verify.Phone{Device: c[4], Network: c[5]}
			e, err := Moved(end)(open)
			e.Traces = []verify.Trace{
				{Bucket: verify.BucketSMSNumber, Subject: c[2], Item: c[1], At: Start},
				{Bucket: verify.BucketFailsID, Subject: c[1], At: Start},
			}
			return e, err
		})
	}
	open := NewCase("canary2", "other", who)
	Create(t, s, open)
	if err := s.Import(t.Context(), registry.Each(registry.Person{Identity: who, Portrait: []byte(c[0])})); err != nil {
		t.Fatal(err)
	}
	if err := s.AddMessage(t.Context(), api.SandboxSMS{Mobile: c[2], Code: c[6], Text: c[0] + c[6], At: time.Time{}}); err != nil {
		t.Fatal(err)
	}
}
