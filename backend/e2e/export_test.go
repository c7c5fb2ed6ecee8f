package e2e_test

import (
	"bytes"
	"image/jpeg"
	"strings"
	"testing"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
	"realname.example/shared/specimen"
	"realname.example/shared/verification"
)

func TestAPersonExportsAllOfTheirDataAfterThePassword(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg config.Config) {
		s := start(t, cfg)
		a, id := s.inReview("demo", "张伟")
		handIn(t, a, id, map[verification.Picture][]byte{verification.CardFront: asJPEG(t, specimen.Front(nil, "ZHANG WEI"))})
		if me, err := a.Get(t.Context()); err != nil || !me.Password {
			t.Errorf("the account says %+v, %v", me, err)
		}
		_, err := a.Export(t.Context(), "wrong-horse-battery")
		mustProblem(t, err, problem.CredentialsWrong)
		all, err := a.Export(t.Context(), password)
		if err != nil {
			t.Fatal(err)
		}
		v, p := all.Verifications[0], s.person("张伟")
		if v.ID != id || v.Stated == nil || v.Stated.Number != p.Number || v.Stated.Name != p.Name || v.PC != "测试电脑" || len(v.Pictures) != 1 {
			t.Fatalf("%+v", v)
		}
		if img, err := jpeg.Decode(bytes.NewReader(v.Pictures[0].JPEG)); err != nil || img.Bounds().Dx() != specimen.Width {
			t.Errorf("the picture: %v", err)
		}
		if all.Account.Username != "demo" || all.Account.Sessions != 1 || all.Verified != nil {
			t.Errorf("%+v", all)
		}
		if last := all.Events[len(all.Events)-1]; last.Event != "exported" {
			t.Errorf("the export stands not in the trail: %+v", last)
		}
		mustHide(t, "the log", s.log.String(), append(secretsOf(p), strings.Repeat("A", 60)))
		ask[verification.View](t, s.operator(), "POST", at(api.PathAdminApprove, string(id)), `{"reason":"both documents were shown"}`)
		permit := verify.Identity{CertificateType: identity.TWPermit, Number: identity.NewPII("87654321")}
		if err := s.app.Verify.Join(t.Context(), "wang, li", all.Account.ID, "the same person", permit); err != nil {
			t.Fatal(err)
		}
		if all, err = a.Export(t.Context(), password); err != nil || all.Verified == nil || len(all.Joined) != 1 || all.Joined[0].Number != "87654321" {
			t.Errorf("with a number that was joined: %+v, %v", all.Joined, err)
		}
		if err := a.EraseIdentity(t.Context()); err != nil {
			t.Fatal(err)
		}
		if all, err = a.Export(t.Context(), password); err != nil || all.Verifications[0].Stated != nil || len(all.Verifications[0].Pictures) != 0 || len(all.Joined) != 0 {
			t.Errorf("after the erasure: %+v, %v", all.Verifications, err)
		}
	})
}
