package tencent

import (
	"time"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// phoneCodes are the results of PhoneVerification: Result, and behind -4 the
// ResultDetail of its detailed mode.
var phoneCodes = map[string]cloud.Meaning{
	"0":                          cloud.Agrees,
	"-4":                         cloud.Differs(verification.MobileMismatch), // no detail: the general sentence
	"-4 PhoneIdCardMismatch":     cloud.Differs(verification.MobileMismatch),
	"-4 PhoneNameMismatch":       cloud.Differs(verification.NameMismatch),
	"-4 PhoneNameIdCardMismatch": cloud.Differs(verification.MobileMismatch),
	"-4 NameIdCardMismatch":      cloud.Differs(verification.IdentityNotFound),
	"-4 OtherMismatch":           cloud.Differs(verification.MobileMismatch),
	"-6":                         cloud.BadInput(identity.FieldMobile),
	"-7":                         cloud.BadInput(identity.FieldNumber),
	"-8":                         cloud.BadInput(identity.FieldName),
	"-9":                         cloud.Unregistered,
	"-11":                        cloud.Away, // busy
	"-12":                        cloud.TooOften,
	"-13":                        cloud.BadInput(identity.FieldMobile), // number range not supported
}

// identityCodes are the results of IdCardVerification, which is asked where the
// carriers have no record of a mobile number: is there such a person at all?
var identityCodes = map[string]cloud.Meaning{
	"0":  cloud.Differs(verification.NotYetKnown), // the person exists, so it is the SIM that is new
	"-1": cloud.Differs(verification.IdentityNotFound),
	"-2": cloud.BadInput(identity.FieldNumber),
	"-3": cloud.BadInput(identity.FieldName),
	"-4": cloud.Away, // service error
	"-5": cloud.Differs(verification.IdentityNotFound),
	"-6": cloud.Away, // upgrading
	"-7": cloud.TooOften,
}

// sent is the code of a message that is on its way.
const sent = "Ok"

// smsLimits are the codes of SendSms for its caps on one number, with when a
// cap is over at the latest.
var smsLimits = map[string]func(now time.Time) time.Time{
	"LimitExceeded.PhoneNumberThirtySecondLimit": func(now time.Time) time.Time { return now.Add(30 * time.Second) },
	"LimitExceeded.PhoneNumberOneHourLimit":      func(now time.Time) time.Time { return now.Add(time.Hour) },
	"LimitExceeded.PhoneNumberDailyLimit":        cloud.NextDay,
}
