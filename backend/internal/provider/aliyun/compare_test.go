package aliyun_test

import (
	"context"
	"testing"

	"realname.example/backend/internal/provider/aliyun"
	"realname.example/backend/internal/provider/aliyun/aliyuntest"
	"realname.example/backend/internal/provider/providertest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

const contrast = "ContrastFaceVerify"

func withScene(cfg *aliyun.Config) { cfg.FaceScene = aliyuntest.FaceScene }

func TestComparerConforms(t *testing.T) {
	cloud := serve(t)
	providertest.RunComparer(t, client(cloud, withScene))
	if refused := cloud.Refused(); len(refused) > 0 {
		t.Errorf("signatures were refused: %v", refused)
	}
}

func TestEveryResultOfContrastFaceVerify(t *testing.T) {
	cloud := serve(t)
	outcomes := []providertest.Compared{
		{Body: aliyuntest.Compared("200", "T", "200")},
		{Body: aliyuntest.Compared("200", "F", "201"), Mismatch: verification.NameMismatch},
		{Body: aliyuntest.Compared("200", "F", "202"), Mismatch: verification.IdentityNotFound},
		{Body: aliyuntest.Compared("200", "F", "203"), Mismatch: verification.PortraitMissing},
		{Body: aliyuntest.Compared("200", "F", "204"), Mismatch: verification.FaceMismatch},
		{Body: aliyuntest.Compared("200", "F", "205"), Mismatch: verification.LivenessFailed},
		{Body: aliyuntest.Compared("200", "F", "206"), Err: providertest.NotNow},
		{Body: aliyuntest.Compared("200", "F", "207"), Mismatch: verification.FaceMismatch},
		{Body: aliyuntest.Compared("417", "", ""), Mismatch: verification.PortraitMissing},
		{Body: aliyuntest.Compared("418", "", ""), Err: providertest.NotNow},
		{Body: aliyuntest.Compared("427", "", ""), Err: providertest.NotNow},
		{Body: aliyuntest.Compared("419", "", ""), Err: providertest.Retake},
		{Body: aliyuntest.Compared("421", "", ""), Err: providertest.Retake},
	}
	for _, none := range [][3]string{
		{"200", "F", "209"},
		{"400", "", ""},
		{"401", "", ""},
		{"402", "", ""},
		{"404", "", ""},
		{"406", "", ""},
		{"410", "", ""},
		{"411", "", ""},
		{"412", "", ""},
		{"424", "", ""},
		{"500", "", ""},
		{"500", "T", "200"},
		{"401", "F", "204"},
		{"200", "F", "200"},
		{"200", "T", "204"},
		{"200", "", "200"},
		{"200", "T", ""},
		{"200", "t", "200"},
		{"", "T", "200"},
		{"200", "T", "210"},
		{"200", "F", "299"},
	} {
		outcomes = append(outcomes, providertest.Compared{Body: aliyuntest.Compared(none[0], none[1], none[2]), Err: verify.ErrProviderUnavailable})
	}
	providertest.RunCompared(t, cloud, contrast, client(cloud, withScene), outcomes)
}

func TestBadAnswersCompareNothing(t *testing.T) {
	cloud := serve(t)
	c := client(cloud, withScene)
	providertest.RunBadAnswers(t, cloud, providertest.Call{
		Action: contrast, Good: aliyuntest.Compared("200", "T", "200"), Code: "200",
		Do: func(ctx context.Context) error {
			got, err := c.Compare(ctx, providertest.Asked(t))
			if err != nil && got != (verify.Comparison{}) {
				t.Errorf("beside an error: %+v", got)
			}
			return err
		},
	})
}
