package cloud_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/backend/internal/verify"
)

func TestUnknownCodeIsNoVerdict(t *testing.T) {
	var table map[string]cloud.Meaning
	answer, err := table["7"].Answer("Ask", "7", time.Now())
	if !errors.Is(err, verify.ErrProviderUnavailable) || answer != (verify.CarrierAnswer{}) {
		t.Errorf("got %+v, %v", answer, err)
	}
	if want := "provider is unavailable: Ask: code 7"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestOnlyCodesAreRepeated(t *testing.T) {
	for code, told := range map[string]bool{
		"0": true, "-12": true, "200": true, "2 203": true, "-4 NewMismatch": true, "isv.BUSINESS_LIMIT_CONTROL": true,
		"InvalidAccessKeyId.NotFound": true,
		"":                            false, " ": false, "13800000001": false, "110100199003070111": false, "11010019930615024X": false,
		"张伟": false, "code\nnext line": false, "1234 5678": false, strings.Repeat("a", 81): false,
	} {
		if got := strings.Contains(cloud.Code(code).Error(), code) && code != "" && code != " "; got != told {
			t.Errorf("%q is told: %v", code, got)
		}
	}
}

func TestNextDayBeginsInBeijing(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-25T15:59:59Z": "2026-11-25T16:00:00Z",
		"2026-11-25T16:00:00Z": "2026-11-26T16:00:00Z",
		"2026-12-31T20:00:00Z": "2027-01-01T16:00:00Z",
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if got := cloud.NextDay(moment).Format(time.RFC3339); err != nil || got != want {
			t.Errorf("after %s: %s, want %s", at, got, want)
		}
	}
}
