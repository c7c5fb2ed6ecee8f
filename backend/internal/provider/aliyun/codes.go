package aliyun

import (
	"cmp"
	"strings"
	"time"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
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

// compareCodes are the results of ContrastFaceVerify: Code, and behind 200 Passed and
// SubCode.
var compareCodes = map[string]cloud.Comparing{
	"200 T 200": cloud.Same,
	"200 F 201": cloud.Not(verification.NameMismatch),
	"200 F 202": cloud.Not(verification.IdentityNotFound),
	"200 F 203": cloud.Not(verification.PortraitMissing),
	"200 F 204": cloud.Not(verification.FaceMismatch),
	"200 F 205": cloud.Not(verification.LivenessFailed),
	"200 F 206": cloud.NotNow, // by a rule of the account's at the provider: a person looks
	"200 F 207": cloud.Not(verification.FaceMismatch),
	"200 F 209": {},                                      // who has the portraits is away
	"417":       cloud.Not(verification.PortraitMissing), // nobody has a portrait to compare with
	"418":       cloud.NotNow,                            // too often today
	"427":       cloud.NotNow,
	"419":       cloud.Retake,
	"421":       cloud.Retake,
	"400":       {}, // a parameter is missing
	"401":       {}, // a parameter is not taken
	"402":       {}, // no such application
	"404":       {}, // no such scene
	"406":       {},
	"410":       {}, // not activated
	"411":       {}, // no right
	"412":       {}, // no balance
	"424":       {},
	"500":       {},
}

// allRight is the Code of a question to the product for SMS that was carried out.
const allRight = "OK"

// sendCodes are the codes of SendSms, but for tooFast. Those of the zero value are
// about the account, the template or the provider, and never about a number.
var sendCodes = map[string]cloud.Sending{
	allRight:                               cloud.Sent,
	"isv.MOBILE_NUMBER_ILLEGAL":            cloud.Refuses(identity.CauseUnsupported),
	"isv.CUSTOMER_REFUSED":                 cloud.Refuses(identity.CauseBlocked),
	"MOBILE_NOT_ON_SERVICE":                cloud.Refuses(identity.CauseBlocked), // nobody has it, too
	"MOBILE_IN_BLACK":                      cloud.Refuses(identity.CauseBlocked),
	"isv.BLACK_KEY_CONTROL_LIMIT":          {}, // a word in what fills the template, not the number
	"isv.DAY_LIMIT_CONTROL":                {}, // of the account
	"isv.MONTH_LIMIT_CONTROL":              {},
	"isv.SMS_SIGNATURE_SCENE_ILLEGAL":      {},
	"isv.EXTEND_CODE_ERROR":                {},
	"isv.DOMESTIC_NUMBER_NOT_SUPPORTED":    {}, // the template is one for other countries
	"isv.DENY_IP_RANGE":                    {},
	"isv.SMS_CONTENT_ILLEGAL":              {},
	"isv.SMS_SIGN_ILLEGAL":                 {},
	"isp.RAM_PERMISSION_DENY":              {},
	"isv.OUT_OF_SERVICE":                   {}, // of the account: no balance
	"isv.AMOUNT_NOT_ENOUGH":                {},
	"isv.PRODUCT_UN_SUBSCRIPT":             {},
	"isv.PRODUCT_UNSUBSCRIBE":              {},
	"isv.ACCOUNT_NOT_EXISTS":               {},
	"isv.ACCOUNT_ABNORMAL":                 {},
	"isv.SECURITY_FROZEN_ACCOUNT":          {},
	"isv.SMS_TEMPLATE_ILLEGAL":             {},
	"isv.SMS_SIGNATURE_ILLEGAL":            {},
	"isv.INVALID_PARAMETERS":               {},
	"isv.INVALID_JSON_PARAM":               {},
	"isv.MOBILE_COUNT_OVER_LIMIT":          {},
	"isv.TEMPLATE_MISSING_PARAMETERS":      {},
	"isv.TEMPLATE_PARAMS_ILLEGAL":          {},
	"isv.PARAM_LENGTH_LIMIT":               {},
	"isv.PARAM_NOT_SUPPORT_URL":            {},
	"isv.UNSUPPORTED_CONTENT":              {},
	"isv.SMS_TEST_SIGN_TEMPLATE_LIMIT":     {},
	"isv.SMS_TEST_NUMBER_LIMIT":            {},
	"isv.SMS_TEST_TEMPLATE_PARAMS_ILLEGAL": {},
	"isp.SYSTEM_ERROR":                     {},
}

// tooFast is the code of SendSms for its caps on one number; its message names which.
const tooFast = "isv.BUSINESS_LIMIT_CONTROL"

// sending is what a code of SendSms and its message say.
func sending(code, message string) cloud.Sending {
	if code == tooFast {
		return cloud.Capped(cloud.After(limitLasts(message)))
	}
	return sendCodes[code]
}

// limitLasts returns how long the cap lasts at the most that a message of tooFast
// names: 1 a minute, 5 an hour or 10 in 24 hours.
func limitLasts(message string) time.Duration {
	switch {
	case strings.Contains(message, "天级"):
		return 24 * time.Hour
	case strings.Contains(message, "小时级"):
		return time.Hour
	}
	return time.Minute
}

// The values of SendStatus.
const (
	statusWaits   = 1 // for the carrier
	statusFailed  = 2
	statusArrived = 3
)

// receiptCodes are the ErrCodes of a message that failed.
var receiptCodes = map[string]verification.Undelivered{
	"MOBILE_NOT_ON_SERVICE":       verification.UndeliveredPhone, // off, no signal, out of service, or nobody has it
	"MOBLLE_TERMINAL_ERROR":       verification.UndeliveredPhone, // full; the documents spell it so
	"MOBILE_ACCOUNT_ABNORMAL":     verification.UndeliveredPhone, // unpaid, or taken to another carrier
	"REQUEST_SUCCESS":             verification.UndeliveredPhone, // the carrier never answered, as for a phone that is off
	"INVALID_NUMBER":              verification.UndeliveredPhone, // the same, as some carriers say it
	"isv.MOBILE_NUMBER_ILLEGAL":   verification.UndeliveredNumber,
	"MOBILE_IN_BLACK":             verification.UndeliveredBlocked,
	"USER_REJECT":                 verification.UndeliveredBlocked,
	"isv.BLACK_KEY_CONTROL_LIMIT": verification.UndeliveredUnknown, // what fills the template
	"MOBILE_SEND_LIMIT":           verification.UndeliveredLimit,
	"isv.BUSINESS_LIMIT_CONTROL":  verification.UndeliveredLimit,
	"CONTENT_KEYWORD":             verification.UndeliveredUnknown,
	"CONTENT_ERROR":               verification.UndeliveredUnknown,
	"SIGNATURE_BLACKLIST":         verification.UndeliveredUnknown,
	"PORT_NOT_REGISTERED":         verification.UndeliveredUnknown,
	"PARAMS_ILLEGAL":              verification.UndeliveredUnknown,
	"IS_CLOSE":                    verification.UndeliveredUnknown,
	"NO_ROUTE":                    verification.UndeliveredUnknown,
	"SP_UNKNOWN_ERROR":            verification.UndeliveredUnknown,
	"SP_NOT_BY_INTER_SMS":         verification.UndeliveredUnknown,
}

// reported is what a SendStatus and its ErrCode say.
func reported(call string, status int, code string) (verify.Delivery, error) {
	switch status {
	case statusArrived:
		return verify.Delivery{Arrived: true}, nil
	case statusFailed:
		return verify.Delivery{Failed: cmp.Or(receiptCodes[code], verification.UndeliveredUnknown)}, nil
	case statusWaits:
		return verify.Delivery{}, nil
	}
	return verify.Delivery{}, cloud.Unavailable(call, cloud.ErrShape)
}
