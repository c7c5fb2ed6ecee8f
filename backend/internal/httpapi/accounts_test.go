package httpapi

import (
	"slices"
	"testing"
	"time"

	"realname.example/backend/internal/verify"
)

func TestAnErasedPhoneIsNotStored(t *testing.T) {
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	kinds := func(device string) (all []string) {
		phone := &verify.Phone{Device: device, ClaimedAt: at, ConsentVersion: "face-1", ConsentAt: at}
		for _, d := range storedData(verify.Ledger{Cases: []*verify.Case{{Phone: phone, CreatedAt: at}}}, time.Hour, time.Hour) {
			all = append(all, d.Kind)
		}
		return all
	}
	if got := kinds("Pixel"); !slices.Equal(got, []string{"device", "consent"}) {
		t.Errorf("before: %v", got)
	}
	if got := kinds(""); !slices.Equal(got, []string{"consent"}) {
		t.Errorf("after: %v", got)
	}
}
