// Package aliyuntest is Alibaba Cloud on this machine, as its documents
// describe it: it checks the signature of every request and answers
// Mobile3MetaDetailVerify, Id2MetaVerify, ContrastFaceVerify, SendSms and QuerySendDetails.
package aliyuntest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"realname.example/backend/internal/provider/providertest"
)

// The account that the server knows. The key is made up.
const (
	KeyID     = "LTAI-of-this-test"
	KeySecret = "secret-of-this-test"
	SMSSign   = "实名 示例"
	Template  = "SMS_000000001"
	FaceScene = "1000000006"
)

// New serves until the test ends.
func New(t testing.TB) *providertest.Cloud { return providertest.NewCloud(t, &protocol{}) }

// Action implements providertest.Protocol.
func (p *protocol) Action(r *http.Request) string { return r.Header.Get("x-acs-action") }

// Refuse implements providertest.Protocol.
func (p *protocol) Refuse(w http.ResponseWriter) {
	say(w, http.StatusBadRequest, Refusal("SignatureDoesNotMatch"))
}

// Refusal is the body of a request that was refused.
func Refusal(code string) string {
	return fmt.Sprintf(`{"RequestId":"r-1","HostId":"h","Code":%q,"Message":"as the documents say","Recommend":""}`, code)
}

// Result is the body of a verification with its code, BizCode and SubCode.
func Result(code, biz, sub string) string {
	return fmt.Sprintf(`{"RequestId":"r-1","Code":%q,"Message":"success","ResultObject":{"BizCode":%q,"IspName":"CMCC","SubCode":%q}}`, code, biz, sub)
}

// Compared is the body of a comparison with its code, whether it passed and its
// SubCode.
func Compared(code, passed, sub string) string {
	return fmt.Sprintf(`{"RequestId":"r-1","Code":%q,"Message":"success","ResultObject":{"Passed":%q,"SubCode":%q,"CertifyId":"c-1","MaterialInfo":"{}"}}`, code, passed, sub)
}

// Status is the body of a message with a code and what is said of it.
func Status(code, message string) string { return status("b-1", code, message) }

func status(id, code, message string) string {
	return fmt.Sprintf(`{"RequestId":"r-1","Code":%q,"Message":%q,"BizId":%q}`, code, message, id)
}

// Reported is the body of what is known of messages; a status is a number.
func Reported(code string, reports ...providertest.Report) string {
	set := []map[string]any{}
	for _, r := range reports {
		n, _ := strconv.Atoi(r.Status)
		set = append(set, map[string]any{
			"PhoneNum": r.Mobile, "SendStatus": n, "ErrCode": r.Code, "TemplateCode": Template,
			"SendDate": "2026-11-25 22:30:00", "ReceiveDate": "2026-11-25 22:30:04",
		})
	}
	body, _ := json.Marshal(map[string]any{
		"RequestId": "r-1", "Code": code, "Message": code, "TotalCount": strconv.Itoa(len(set)),
		"SmsSendDetailDTOs": map[string]any{"SmsSendDetailDTO": set},
	})
	return string(body)
}

// results are the BizCode and SubCode of what a register finds of a number.
var results = map[providertest.Finding][2]string{
	providertest.AllAgree:      {"1", "101"},
	providertest.IDDiffers:     {"2", "202"},
	providertest.NameDiffers:   {"2", "203"},
	providertest.NeitherAgrees: {"2", "201"},
	providertest.NoRecord:      {"3", "301"},
}

// Answer implements providertest.Protocol.
func (p *protocol) Answer(c *providertest.Cloud, w http.ResponseWriter, r *http.Request, action string, body []byte) bool {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		say(w, http.StatusBadRequest, Refusal("InvalidParameter"))
		return true
	}
	switch action {
	case "Mobile3MetaDetailVerify":
		found, silent := c.Holder(form.Get("UserName"), form.Get("IdentifyNum"), form.Get("Mobile"))
		switch {
		case silent:
			providertest.Hang(w, r)
		case form.Get("ParamType") != "normal":
			say(w, http.StatusOK, Result("401", "", ""))
		default:
			say(w, http.StatusOK, Result("200", results[found][0], results[found][1]))
		}
	case "Id2MetaVerify":
		say(w, http.StatusOK, Result("200", map[providertest.Finding]string{
			providertest.AllAgree: "1", providertest.NameDiffers: "2", providertest.NoRecord: "3",
		}[c.Person(form.Get("UserName"), form.Get("IdentifyNum"))], ""))
	case "ContrastFaceVerify":
		say(w, http.StatusOK, compared(c, form))
	case "SendSms":
		query := r.URL.Query()
		var parameters struct{ Code string }
		err := json.Unmarshal([]byte(query.Get("TemplateParam")), &parameters)
		if err != nil || query.Get("SignName") != SMSSign || query.Get("TemplateCode") != Template || parameters.Code == "" {
			say(w, http.StatusOK, Status("isv.TEMPLATE_MISSING_PARAMETERS", "as the documents say"))
			return true
		}
		say(w, http.StatusOK, status(c.Deliver(query.Get("PhoneNumbers"), parameters.Code), "OK", "OK"))
	case "QuerySendDetails":
		say(w, http.StatusOK, details(c, r.URL.Query()))
	default:
		return false
	}
	return true
}

// compared answers ContrastFaceVerify.
func compared(c *providertest.Cloud, form url.Values) string {
	switch {
	case form.Get("SceneId") != FaceScene:
		return Compared("404", "", "")
	case len(form.Get("OuterOrderNo")) != 32 || form.Get("ProductCode") != "ID_MIN" || form.Get("CertType") != "IDENTITY_CARD":
		return Compared("401", "", "")
	case !providertest.Picture(form.Get("FaceContrastPicture")):
		return Compared("419", "", "")
	}
	found := map[providertest.Finding][2]string{
		providertest.AllAgree: {"T", "200"}, providertest.NameDiffers: {"F", "201"}, providertest.NoRecord: {"F", "202"},
	}[c.Person(form.Get("CertName"), form.Get("CertNo"))]
	return Compared("200", found[0], found[1])
}

// details answers QuerySendDetails about one message.
func details(c *providertest.Cloud, query url.Values) string {
	size, _ := strconv.Atoi(query.Get("PageSize"))
	if _, err := time.Parse("20060102", query.Get("SendDate")); err != nil || size < 1 || size > 50 || query.Get("CurrentPage") != "1" {
		return Status("isv.INVALID_PARAMETERS", "as the documents say")
	}
	for _, r := range c.Reported(query.Get("PhoneNumber")) {
		if r.ID == query.Get("BizId") {
			return Reported("OK", r)
		}
	}
	return Reported("OK")
}

func say(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
