package api

// The paths of the API. {id} is a verification.ID, a sign-in's or link's own, or an issuer's.
const (
	PathServer              = "/v1/server"
	PathConsentText         = "/v1/consents/{purpose}"
	PathAccounts            = "/v1/accounts"
	PathSessions            = "/v1/sessions"
	PathSession             = "/v1/sessions/current"
	PathSignInOptions       = "/v1/sign-in-options"
	PathSignIns             = "/v1/sign-ins"
	PathSignIn              = "/v1/sign-ins/{id}"
	PathAccount             = "/v1/account"
	PathLinks               = "/v1/account/links"
	PathLink                = "/v1/account/links/{id}"
	PathPassword            = "/v1/account/password"
	PathRecords             = "/v1/account/records"
	PathIdentity            = "/v1/account/identity"
	PathGrants              = "/v1/account/grants"
	PathGrant               = "/v1/account/grants/{id}"
	PathServicePerson       = "/v1/service/people/{sub}"
	PathServiceEvents       = "/v1/service/events"
	PathOptions             = "/v1/verification-options"
	PathVerifications       = "/v1/verifications"
	PathVerification        = "/v1/verifications/{id}"
	PathVerificationEvents  = "/v1/verifications/{id}/events"
	PathCode                = "/v1/verifications/{id}/code"
	PathCodeCheck           = "/v1/verifications/{id}/code/check"
	PathVerificationHandoff = "/v1/verifications/{id}/handoff"
	PathReview              = "/v1/verifications/{id}/review"
	PathClaim               = "/v1/handoffs/claim"
	PathHandoff             = "/v1/handoff"
	PathHandoffEvents       = "/v1/handoff/events"
	PathConfirm             = "/v1/handoff/confirm"
	PathConsent             = "/v1/handoff/consent"
	PathDecline             = "/v1/handoff/decline"
	PathChallenge           = "/v1/handoff/challenge"
	PathProgress            = "/v1/handoff/progress"
	PathEvidence            = "/v1/handoff/evidence"
	PathAdminMe             = "/v1/admin/me"
	PathAdminReviews        = "/v1/admin/reviews"
	PathAdminReview         = "/v1/admin/reviews/{id}"
	PathAdminApprove        = "/v1/admin/reviews/{id}/approve"
	PathAdminReject         = "/v1/admin/reviews/{id}/reject"
	PathSandboxSMS          = "/sandbox/sms"
	PathSandboxPeople       = "/sandbox/people"
	PathSandboxReset        = "/sandbox/reset"
)

// PathGetApp is a page for people: where the phone app is, per system.
const PathGetApp = "/app"

// IdempotencyHeader names the Idempotency-Key, which is honoured on authenticated POSTs and kept 10 minutes.
const IdempotencyHeader = "Idempotency-Key"

// DeviceHeader carries the name of the PC, for the phone to show who asks.
const DeviceHeader = "Realname-Device"
