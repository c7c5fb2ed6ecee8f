package providertest

import (
	"testing"

	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// Receipts is a sender under test that says what became of its messages, and the
// cloud behind it. Arrived and Failed are a status and a code, in its own words, of
// a message that arrived and of one whose phone was off.
type Receipts struct {
	verify.SMS
	verify.Receipts
	Cloud           *Cloud
	Arrived, Failed [2]string
}

// RunReceipts runs the suite for what became of messages.
func RunReceipts(t *testing.T, r Receipts) {
	send := func(mobile, code string) verify.SentMessage {
		receipt, err := r.Send(t.Context(), verify.Message{Mobile: mobile, Code: code})
		if err != nil || receipt.ID == "" {
			t.Fatalf("send: %v, %v", receipt, err)
		}
		return verify.SentMessage{Receipt: receipt, Mobile: mobile, At: r.Cloud.Now()}
	}
	first, second := send("13800000001", "000001"), send("13800000002", "000002")
	if first.Receipt == second.Receipt {
		t.Fatal("two messages have one name")
	}
	want := func(m verify.SentMessage, want verify.Delivery) {
		t.Helper()
		for range 2 { // whoever asks again gets the same
			if got, err := r.Delivery(t.Context(), m); err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		}
	}
	want(first, verify.Delivery{})
	r.Cloud.Reports("13800000001", r.Arrived[0], r.Arrived[1])
	want(first, verify.Delivery{Arrived: true})
	want(second, verify.Delivery{})
	r.Cloud.Reports("13800000002", r.Failed[0], r.Failed[1])
	want(second, verify.Delivery{Failed: verification.UndeliveredPhone})
	third := send("13800000001", "000003")
	want(third, verify.Delivery{})
	third.Mobile = "13800000002"
	want(third, verify.Delivery{}) // what is another's says nothing of it
}
