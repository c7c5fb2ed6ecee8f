// Package tencenttest is Tencent Cloud on this machine, as its documents
// describe it: it checks the signature of every request and answers
// PhoneVerification, IdCardVerification, ImageRecognitionV2, SendSms and
// PullSmsSendStatusByPhoneNumber.
package tencenttest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"realname.example/backend/internal/provider/providertest"
)

// The account that the server knows. The key is made up.
const (
	KeyID     = "AKID-of-this-test"
	KeySecret = "secret-of-this-test"
	SMSApp    = "1400000001"
	SMSSign   = "实名示例"
	Template  = "1000001"
)

// New serves until the test ends.
func New(t testing.TB) *providertest.Cloud { return providertest.NewCloud(t, protocol{}) }

type protocol struct{}

// Action implements providertest.Protocol.
func (protocol) Action(r *http.Request) string { return r.Header.Get("X-TC-Action") }

// Refuse implements providertest.Protocol.
func (protocol) Refuse(w http.ResponseWriter) {
	say(w, Refusal("AuthFailure.SignatureFailure"))
}

// Refusal is the body of a request that was refused.
func Refusal(code string) string {
	return fmt.Sprintf(`{"Response":{"Error":{"Code":%q,"Message":"as the documents say"},"RequestId":"r-1"}}`, code)
}

// Result is the body of a verification with a result code and a detail.
func Result(code, detail string) string {
	return fmt.Sprintf(`{"Response":{"Result":%q,"Description":"as the documents say","Isp":"移动","ResultDetail":%q,"RequestId":"r-1"}}`, code, detail)
}

// Status is the body of a message with a status code.
func Status(code string) string { return status("5000:1", code) }

func status(serial, code string) string {
	return fmt.Sprintf(`{"Response":{"SendStatusSet":[{"SerialNo":%q,"PhoneNumber":"+86","Fee":1,"SessionContext":"","Code":%q,"Message":"as the documents say","IsoCode":"CN"}],"RequestId":"r-1"}}`, serial, code)
}

// Reported is the body of what carriers said of messages.
func Reported(reports ...providertest.Report) string {
	set := []map[string]any{}
	for _, r := range reports {
		set = append(set, map[string]any{
			"Description": r.Code, "CountryCode": "86", "SubscriberNumber": r.Mobile, "ReportStatus": r.Status,
			"PhoneNumber": "+86" + r.Mobile, "SerialNo": r.ID, "UserReceiveTime": 1620734188, "SessionContext": "",
		})
	}
	body, _ := json.Marshal(map[string]any{"Response": map[string]any{"PullSmsSendStatusSet": set, "RequestId": "r-1"}})
	return string(body)
}

// Compared is the body of a comparison: a similarity, and what the question gave
// along.
func Compared(result string, similarity float64, extra string) string {
	return fmt.Sprintf(`{"Response":{"Result":%q,"Description":"as the documents say","Sim":%g,"Extra":%q,"RequestId":"r-1"}}`, result, similarity, extra)
}

// parameters are those of every action here.
type parameters struct {
	IdCard, Name, Phone, VerifyMode   string
	PhoneNumberSet, TemplateParamSet  []string
	SmsSdkAppId, SignName, TemplateId string
	PhoneNumber, ImageBase64, Extra   string
	BeginTime, EndTime, Offset, Limit int64
}

// results are the code and detail of what a register finds of a number.
var results = map[providertest.Finding][2]string{
	providertest.AllAgree:      {"0", ""},
	providertest.IDDiffers:     {"-4", "PhoneIdCardMismatch"},
	providertest.NameDiffers:   {"-4", "PhoneNameMismatch"},
	providertest.NeitherAgrees: {"-4", "PhoneNameIdCardMismatch"},
	providertest.NoRecord:      {"-9", ""},
}

// Answer implements providertest.Protocol.
func (protocol) Answer(c *providertest.Cloud, w http.ResponseWriter, r *http.Request, action string, body []byte) bool {
	var in parameters
	if json.Unmarshal(body, &in) != nil {
		say(w, Refusal("InvalidParameter"))
		return true
	}
	switch action {
	case "PhoneVerification":
		found, silent := c.Holder(in.Name, in.IdCard, in.Phone)
		if silent {
			providertest.Hang(w, r)
			return true
		}
		result := results[found]
		if in.VerifyMode != "1" {
			result[1] = ""
		}
		say(w, Result(result[0], result[1]))
	case "IdCardVerification":
		say(w, Result(map[providertest.Finding]string{
			providertest.AllAgree: "0", providertest.NameDiffers: "-1", providertest.NoRecord: "-5",
		}[c.Person(in.Name, in.IdCard)], ""))
	case "ImageRecognitionV2":
		if !providertest.Picture(in.ImageBase64) {
			say(w, Refusal("FailedOperation.ImageDecodeFailed"))
			return true
		}
		say(w, Compared(map[providertest.Finding]string{
			providertest.AllAgree: "Success", providertest.NameDiffers: "FailedOperation.IdNameMisMatch",
			providertest.NoRecord: "FailedOperation.IdNoExistSystem",
		}[c.Person(in.Name, in.IdCard)], 92.1, in.Extra))
	case "SendSms":
		mobile, mainland := strings.CutPrefix(strings.Join(in.PhoneNumberSet, ","), "+86")
		switch {
		case r.Header.Get("X-TC-Region") == "":
			say(w, Refusal("MissingParameter"))
		case in.SmsSdkAppId != SMSApp || in.SignName != SMSSign || in.TemplateId != Template || !mainland || len(in.TemplateParamSet) != 1:
			say(w, Status("FailedOperation.TemplateParamSetNotMatchApprovedTemplate"))
		default:
			say(w, status(c.Deliver(mobile, in.TemplateParamSet[0]), "Ok"))
		}
	case "PullSmsSendStatusByPhoneNumber":
		mobile, mainland := strings.CutPrefix(in.PhoneNumber, "+86")
		if in.SmsSdkAppId != SMSApp || !mainland || in.BeginTime == 0 || in.BeginTime >= in.EndTime || in.Offset != 0 || in.Limit < 1 || in.Limit > 100 {
			say(w, Refusal("InvalidParameter"))
			return true
		}
		say(w, Reported(c.Reported(mobile)...))
	default:
		return false
	}
	return true
}

func say(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, body)
}
