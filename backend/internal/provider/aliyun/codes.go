package aliyun

import (
	"strings"
	"time"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/shared/verification"
)

// answered is the Code of a question that was answered; the result is beside it.
const answered = "200"

// mobileCodes are the results of Mobile3MetaDetailVerify: BizCode and SubCode.
var mobileCodes = map[string]cloud.Meaning{
	"1 101": cloud.Agrees,
	"2 201": cloud.Differs(verification.MobileMismatch), // neither name nor ID number
	"2 202": cloud.Differs(verification.MobileMismatch), // the ID number
	"2 203": cloud.Differs(verification.NameMismatch),
	"2 204": cloud.Differs(verification.MobileMismatch), // otherwise
	"3 301": cloud.Unregistered,
}

// identityCodes are the BizCodes of Id2MetaVerify, which is asked where the
// carriers have no record of a mobile number: is there such a person at all?
var identityCodes = map[string]cloud.Meaning{
	"1": cloud.Differs(verification.NotYetKnown), // the person exists, so it is the SIM that is new
	"2": cloud.Differs(verification.IdentityNotFound),
	"3": cloud.Differs(verification.IdentityNotFound),
}

// The codes of SendSms.
const (
	sent    = "OK"
	tooFast = "isv.BUSINESS_LIMIT_CONTROL"
)

// limitEnds returns when the cap is over at the latest that a message of
// tooFast names: 1 a minute, 5 an hour or 10 in 24 hours.
func limitEnds(message string, now time.Time) time.Time {
	switch {
	case strings.Contains(message, "天级"):
		return now.Add(24 * time.Hour)
	case strings.Contains(message, "小时级"):
		return now.Add(time.Hour)
	}
	return now.Add(time.Minute)
}
