package tencent_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"realname.example/backend/internal/provider/providertest"
	"realname.example/backend/internal/provider/tencent/tencenttest"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

const recognise = "ImageRecognitionV2"

func TestComparerConforms(t *testing.T) {
	cloud := serve(t)
	providertest.RunComparer(t, client(cloud))
	if refused := cloud.Refused(); len(refused) > 0 {
		t.Errorf("signatures were refused: %v", refused)
	}
}

// Each documented code decides, or decides nothing, the same in both places where it
// may stand.
func TestEveryResultOfImageRecognition(t *testing.T) {
	cloud := serve(t)
	c := client(cloud)
	extra := providertest.Asked(t).Capture
	outcomes := []providertest.Compared{
		{Body: tencenttest.Compared("Success", 70, extra)},
		{Body: tencenttest.Compared("Success", 100, "")},
		{Body: tencenttest.Compared("Success", 69.99, extra), Mismatch: verification.FaceMismatch},
		{Body: tencenttest.Compared("Success", 0, extra), Mismatch: verification.FaceMismatch},
		{Body: tencenttest.Compared("Success", 100.5, extra), Err: verify.ErrProviderUnavailable},
		{Body: tencenttest.Compared("Success", -1, extra), Err: verify.ErrProviderUnavailable},
		{Body: tencenttest.Compared("Success", 99, "of another question"), Err: verify.ErrProviderUnavailable},
		{Body: strings.Replace(tencenttest.Compared("Success", 99, extra), `"Sim":99,`, "", 1), Err: verify.ErrProviderUnavailable},
		{Body: strings.Replace(tencenttest.Compared("Success", 99, extra), `99`, `null`, 1), Err: verify.ErrProviderUnavailable},
		{Body: tencenttest.Compared("success", 99, extra), Err: verify.ErrProviderUnavailable},
		{Body: tencenttest.Compared("", 99, extra), Err: verify.ErrProviderUnavailable},
	}
	away := strings.Fields("CompareFail CompareSystemError CompareLibServiceUnavailable IdPhotoSystemNoanswer DbError DecryptSystemError " +
		"EncryptSystemError DownLoadError DownLoadTimeoutError FileSaveError RequestLimitExceeded StsUnAuthErrError UnKnown ANewOne")
	for code, want := range map[string]providertest.Compared{
		"CompareLowSimilarity": {Mismatch: verification.FaceMismatch}, "LifePhotoDetectFake": {Mismatch: verification.LivenessFailed},
		"IdNameMisMatch": {Mismatch: verification.NameMismatch}, "IdNoExistSystem": {Mismatch: verification.IdentityNotFound},
		"IdPhotoNoExist": {Mismatch: verification.PortraitMissing}, "IdPhotoPoorQuality": {Mismatch: verification.PortraitPoor},
		"IdFormatError": {Mismatch: verification.PortraitMissing}, "NameFormatError": {Mismatch: verification.PortraitMissing},
		"IdentityAuthLimitExceeded": {Err: providertest.NotNow},
		"LifePhotoDetectFaces":      {Err: providertest.Retake}, "LifePhotoDetectNoFaces": {Err: providertest.Retake},
		"LifePhotoPoorQuality": {Err: providertest.Retake}, "LifePhotoSizeError": {Err: providertest.Retake},
		"IncompleteFace": {Err: providertest.Retake}, "ImageBlur": {Err: providertest.Retake}, "ImageDecodeFailed": {Err: providertest.Retake},
		"ImageSizeTooLarge": {Err: providertest.Retake}, "EmptyImageError": {Err: providertest.Retake},
	} {
		code = "FailedOperation." + code
		outcomes = append(outcomes,
			providertest.Compared{Body: tencenttest.Compared(code, 99, extra), Mismatch: want.Mismatch, Err: want.Err},
			providertest.Compared{Body: tencenttest.Refusal(code), Mismatch: want.Mismatch, Err: want.Err})
	}
	for _, code := range away {
		outcomes = append(outcomes,
			providertest.Compared{Body: tencenttest.Compared("FailedOperation."+code, 99, extra), Err: verify.ErrProviderUnavailable},
			providertest.Compared{Body: tencenttest.Refusal("FailedOperation." + code), Err: verify.ErrProviderUnavailable})
	}
	for _, code := range strings.Fields("InternalError InternalError.CompareFail InternalError.UnKnown InvalidParameter InvalidParameterValue " +
		"UnauthorizedOperation UnauthorizedOperation.Arrears UnauthorizedOperation.NonAuthorize UnauthorizedOperation.Nonactivated UnsupportedOperation " +
		"InvalidParameter.UnsupportEncryptField RequestLimitExceeded AuthFailure.SignatureFailure") {
		outcomes = append(outcomes, providertest.Compared{Body: tencenttest.Refusal(code), Err: verify.ErrProviderUnavailable})
	}
	providertest.RunCompared(t, cloud, recognise, c, outcomes)
}

func TestTheTrailHasTheSimilarity(t *testing.T) {
	cloud := serve(t)
	q := providertest.Asked(t)
	cloud.Say(recognise, http.StatusOK, tencenttest.Compared("Success", 87.25, q.Capture))
	if got, err := client(cloud).Compare(t.Context(), q); err != nil || got.Detail != "similarity=87.25" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestBadAnswersCompareNothing(t *testing.T) {
	cloud := serve(t)
	c := client(cloud)
	providertest.RunBadAnswers(t, cloud, providertest.Call{
		Action: recognise, Good: tencenttest.Compared("Success", 99, providertest.Asked(t).Capture), Code: "Success",
		Do: func(ctx context.Context) error {
			got, err := c.Compare(ctx, providertest.Asked(t))
			if err != nil && got != (verify.Comparison{}) {
				t.Errorf("beside an error: %+v", got)
			}
			return err
		},
	})
}
