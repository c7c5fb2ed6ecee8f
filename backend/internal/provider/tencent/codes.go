package tencent

import (
	"cmp"
	"time"

	"realname.example/backend/internal/provider/cloud"
	"realname.example/backend/internal/verify"
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

// compareCodes are the results of ImageRecognitionV2.
var compareCodes = map[string]cloud.Comparing{
	"Success":                                      cloud.Same, // where the similarity is high enough
	"FailedOperation.CompareLowSimilarity":         cloud.Not(verification.FaceMismatch),
	"FailedOperation.LifePhotoDetectFake":          cloud.Not(verification.LivenessFailed),
	"FailedOperation.IdNameMisMatch":               cloud.Not(verification.NameMismatch),
	"FailedOperation.IdNoExistSystem":              cloud.Not(verification.IdentityNotFound),
	"FailedOperation.IdPhotoNoExist":               cloud.Not(verification.PortraitMissing),
	"FailedOperation.IdPhotoPoorQuality":           cloud.Not(verification.PortraitPoor),
	"FailedOperation.IdFormatError":                cloud.Not(verification.PortraitMissing), // a number that it does not take: a person looks
	"FailedOperation.NameFormatError":              cloud.Not(verification.PortraitMissing), // a rare character
	"FailedOperation.IdentityAuthLimitExceeded":    cloud.NotNow,
	"FailedOperation.LifePhotoDetectFaces":         cloud.Retake,
	"FailedOperation.LifePhotoDetectNoFaces":       cloud.Retake,
	"FailedOperation.LifePhotoPoorQuality":         cloud.Retake,
	"FailedOperation.LifePhotoSizeError":           cloud.Retake,
	"FailedOperation.IncompleteFace":               cloud.Retake,
	"FailedOperation.ImageBlur":                    cloud.Retake,
	"FailedOperation.ImageDecodeFailed":            cloud.Retake,
	"FailedOperation.ImageSizeTooLarge":            cloud.Retake,
	"FailedOperation.EmptyImageError":              cloud.Retake,
	"FailedOperation.CompareFail":                  {}, // not compared: no verdict
	"FailedOperation.CompareSystemError":           {},
	"FailedOperation.CompareLibServiceUnavailable": {},
	"FailedOperation.IdPhotoSystemNoanswer":        {},
	"FailedOperation.DbError":                      {},
	"FailedOperation.DecryptSystemError":           {},
	"FailedOperation.EncryptSystemError":           {},
	"FailedOperation.DownLoadError":                {},
	"FailedOperation.DownLoadTimeoutError":         {},
	"FailedOperation.FileSaveError":                {},
	"FailedOperation.RequestLimitExceeded":         {},
	"FailedOperation.StsUnAuthErrError":            {},
	"FailedOperation.UnKnown":                      {},
	"InternalError":                                {},
	"InternalError.CompareFail":                    {},
	"InternalError.UnKnown":                        {},
	"InvalidParameter":                             {},
	"InvalidParameter.UnsupportEncryptField":       {},
	"InvalidParameterValue":                        {},
	"UnauthorizedOperation":                        {},
	"UnauthorizedOperation.Arrears":                {},
	"UnauthorizedOperation.NonAuthorize":           {},
	"UnauthorizedOperation.Nonactivated":           {},
	"UnsupportedOperation":                         {},
}

// sendCodes are the codes of SendSms about one message. Those of Away are about
// the account, the template or the provider, and never about a number.
var sendCodes = map[string]cloud.Sending{
	"Ok":                                     cloud.Sent,
	"FailedOperation.PhoneNumberInBlacklist": cloud.Refuses(identity.CauseBlocked),
	"InvalidParameterValue.IncorrectPhoneNumber":                      cloud.Refuses(identity.CauseUnsupported),
	"UnsupportedOperation.UnsupportedRegion":                          cloud.Refuses(identity.CauseUnsupported),
	"LimitExceeded.PhoneNumberThirtySecondLimit":                      cloud.Capped(cloud.After(30 * time.Second)),
	"LimitExceeded.PhoneNumberOneHourLimit":                           cloud.Capped(cloud.After(time.Hour)),
	"LimitExceeded.PhoneNumberDailyLimit":                             cloud.Capped(cloud.NextDay),
	"LimitExceeded.PhoneNumberSameContentDailyLimit":                  cloud.Capped(cloud.NextDay),
	"LimitExceeded.AppDailyLimit":                                     {},
	"LimitExceeded.AppMainlandChinaDailyLimit":                        {},
	"LimitExceeded.DeliveryFrequencyLimit":                            {},
	"FailedOperation.ContainSensitiveWord":                            {},
	"FailedOperation.FailResolvePacket":                               {},
	"FailedOperation.InsufficientBalanceInSmsPackage":                 {},
	"FailedOperation.JsonParseFail":                                   {},
	"FailedOperation.MarketingSendTimeConstraint":                     {},
	"FailedOperation.SignatureIncorrectOrUnapproved":                  {},
	"FailedOperation.TemplateIncorrectOrUnapproved":                   {},
	"FailedOperation.TemplateUnapprovedOrNotExist":                    {},
	"FailedOperation.TemplateParamSetNotMatchApprovedTemplate":        {},
	"InternalError.OtherError":                                        {},
	"InternalError.RequestTimeException":                              {},
	"InternalError.RestApiInterfaceNotExist":                          {},
	"InternalError.SendAndRecvFail":                                   {},
	"InternalError.SigFieldMissing":                                   {},
	"InternalError.SigVerificationFail":                               {},
	"InternalError.Timeout":                                           {},
	"InternalError.UnknownError":                                      {},
	"InvalidParameterValue.ContentLengthLimit":                        {},
	"InvalidParameterValue.ProhibitedUseUrlInTemplateParameter":       {},
	"InvalidParameterValue.SdkAppIdNotExist":                          {},
	"InvalidParameterValue.TemplateParameterFormatError":              {},
	"InvalidParameterValue.TemplateParameterLengthLimit":              {},
	"LimitExceeded.PhoneNumberCountLimit":                             {},
	"MissingParameter.EmptyPhoneNumberSet":                            {},
	"UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny":  {},
	"UnauthorizedOperation.RequestIpNotInWhitelist":                   {},
	"UnauthorizedOperation.RequestPermissionDeny":                     {},
	"UnauthorizedOperation.SdkAppIdIsDisabled":                        {},
	"UnauthorizedOperation.ServiceSuspendDueToArrears":                {},
	"UnauthorizedOperation.SmsSdkAppIdVerifyFail":                     {},
	"UnsupportedOperation":                                            {},
	"UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber": {},
	"UnsupportedOperation.GlobalTemplateToChineseMainlandPhone":       {},
}

// receiptCodes are the Descriptions of a message whose ReportStatus is FAIL. The
// carriers' own codes, which stand there too, differ by carrier and province:
// with those nobody can tell a person more than that nothing arrived.
var receiptCodes = map[string]verification.Undelivered{
	"UNDELIV": verification.UndeliveredPhone,   // off, or out of service
	"EXPIRED": verification.UndeliveredPhone,   // not reached in time
	"DELETED": verification.UndeliveredPhone,   // by the phone
	"SUBFAIL": verification.UndeliveredNumber,  // not taken by the carrier for its form
	"REJECTD": verification.UndeliveredUnknown, // for its content, or an unregistered sender
	"UNKNOWN": verification.UndeliveredUnknown,
	"COMFAIL": verification.UndeliveredUnknown, // no way to the carrier
	"WTNFAIL": verification.UndeliveredUnknown, // the carrier's network
}

// reported is what a ReportStatus and its Description say. There is no status
// before the carrier has answered; one that is none of the two is no answer.
func reported(call, status, description string) (verify.Delivery, error) {
	switch status {
	case "SUCCESS":
		return verify.Delivery{Arrived: true}, nil
	case "FAIL":
		return verify.Delivery{Failed: cmp.Or(receiptCodes[description], verification.UndeliveredUnknown)}, nil
	case "":
		return verify.Delivery{}, nil
	}
	return verify.Delivery{}, cloud.Unavailable(call, cloud.ErrShape)
}
