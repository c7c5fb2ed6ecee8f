// Package problem is the RFC 9457 problem document of the API and the closed
// list of its codes. The backend's httpapi package makes documents; both apps
// read them and turn the code into a sentence.
package problem

import (
	"net/http"
	"time"
)

// Code names a kind of refusal. A client chooses its sentence by it.
type Code string

// The closed list of codes.
const (
	RequestInvalid             Code = "request_invalid"
	IDNumberInvalid            Code = "id_number_invalid"
	NameInvalid                Code = "name_invalid"
	MobileInvalid              Code = "mobile_invalid"
	CertificateTypeUnsupported Code = "certificate_type_unsupported"
	GuardianRequired           Code = "guardian_required"
	CodeWrong                  Code = "code_wrong"
	CodeExpired                Code = "code_expired"
	TooManyAttempts            Code = "too_many_attempts"
	RateLimited                Code = "rate_limited"
	TicketExpired              Code = "ticket_expired"
	TicketUsed                 Code = "ticket_used"
	ConsentRequired            Code = "consent_required"
	EvidenceInvalid            Code = "evidence_invalid"
	FaceNotFound               Code = "face_not_found"
	FaceQuality                Code = "face_quality"
	PictureInvalid             Code = "picture_invalid"
	Busy                       Code = "busy"
	ProviderUnavailable        Code = "provider_unavailable"
	Conflict                   Code = "conflict"
	AlreadyVerified            Code = "already_verified"
	Unauthorized               Code = "unauthorized"
	CredentialsWrong           Code = "credentials_wrong"
	UsernameTaken              Code = "username_taken"
	SignInRefused              Code = "sign_in_refused"
	LinkTaken                  Code = "link_taken"
	IssuerUnavailable          Code = "issuer_unavailable"
	Forbidden                  Code = "forbidden"
	NotFound                   Code = "not_found"
	MethodNotAllowed           Code = "method_not_allowed"
	TooLarge                   Code = "too_large"
	Internal                   Code = "internal"
)

// kind is what every problem of a code has in common.
type kind struct {
	status int    // HTTP status that it travels with
	title  string // for people who write clients; both apps have their own sentences
}

// kinds is the one table of codes. A new code is a constant above, a row here,
// and a sentence in each language of shared/ui/sentences.
var kinds = map[Code]kind{
	RequestInvalid:             {http.StatusBadRequest, "Request not valid"},
	IDNumberInvalid:            {http.StatusUnprocessableEntity, "ID number not valid"},
	NameInvalid:                {http.StatusUnprocessableEntity, "Name not valid"},
	MobileInvalid:              {http.StatusUnprocessableEntity, "Mobile number not valid"},
	CertificateTypeUnsupported: {http.StatusUnprocessableEntity, "Certificate type not supported"},
	GuardianRequired:           {http.StatusUnprocessableEntity, "Guardian's consent required"},
	CodeWrong:                  {http.StatusUnprocessableEntity, "Code wrong"},
	CodeExpired:                {http.StatusGone, "Code expired"},
	TooManyAttempts:            {http.StatusTooManyRequests, "Too many attempts"},
	RateLimited:                {http.StatusTooManyRequests, "Too often"},
	TicketExpired:              {http.StatusGone, "Code on the PC expired"},
	TicketUsed:                 {http.StatusConflict, "Code on the PC was used"},
	ConsentRequired:            {http.StatusForbidden, "Consent required"},
	EvidenceInvalid:            {http.StatusUnprocessableEntity, "Evidence not valid"},
	FaceNotFound:               {http.StatusUnprocessableEntity, "No single face found"},
	FaceQuality:                {http.StatusUnprocessableEntity, "Pictures not good enough"},
	PictureInvalid:             {http.StatusUnprocessableEntity, "Picture cannot be used"},
	Busy:                       {http.StatusServiceUnavailable, "Busy"},
	ProviderUnavailable:        {http.StatusServiceUnavailable, "Service unavailable"},
	Conflict:                   {http.StatusConflict, "Not allowed in this status"},
	AlreadyVerified:            {http.StatusConflict, "Already verified"},
	Unauthorized:               {http.StatusUnauthorized, "Not signed in"},
	CredentialsWrong:           {http.StatusUnauthorized, "User name or password wrong"},
	UsernameTaken:              {http.StatusConflict, "User name taken"},
	SignInRefused:              {http.StatusForbidden, "Sign-in at the issuer refused"},
	LinkTaken:                  {http.StatusConflict, "Linked to another account"},
	IssuerUnavailable:          {http.StatusServiceUnavailable, "Issuer unavailable"},
	Forbidden:                  {http.StatusForbidden, "Not allowed"},
	NotFound:                   {http.StatusNotFound, "Not found"},
	MethodNotAllowed:           {http.StatusMethodNotAllowed, "Method not allowed"},
	TooLarge:                   {http.StatusRequestEntityTooLarge, "Too large"},
	Internal:                   {http.StatusInternalServerError, "Server error"},
}

// Codes lists every code once, in no order.
func Codes() []Code {
	codes := make([]Code, 0, len(kinds))
	for c := range kinds {
		codes = append(codes, c)
	}
	return codes
}

// Status returns the HTTP status that a code travels with; 500 for an unknown
// one.
func (c Code) Status() int {
	if k, ok := kinds[c]; ok {
		return k.status
	}
	return http.StatusInternalServerError
}

// Title names the kind of problem in a few English words; empty for an unknown
// code.
func (c Code) Title() string { return kinds[c].title }

// ContentType is the media type of a problem document (RFC 9457).
const ContentType = "application/problem+json"

// Problem is a call that could not be carried out. It changed no status.
type Problem struct {
	Type   string `json:"type" doc:"URI of the kind: urn:realname:problem:CODE."`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Instance names what the problem is about, such as the path of the
	// open case of a conflict.
	Instance string       `json:"instance,omitempty"`
	Code     Code         `json:"code"`
	Errors   []FieldError `json:"errors,omitempty"`
	// RetryAfter is read from the Retry-After header by the client and is
	// not part of the body.
	RetryAfter time.Duration `json:"-"`
}

// FieldError names one field and the finer cause.
type FieldError struct {
	Field   string `json:"field" doc:"Path of the field, such as identity.number."`
	Cause   string `json:"cause" doc:"The finer cause, such as check_character."`
	Message string `json:"message,omitempty"`
}

// TypeURI returns the type URI of a code.
func TypeURI(c Code) string { return "urn:realname:problem:" + string(c) }

// Error makes a Problem usable as the error of a client's call.
func (p *Problem) Error() string {
	if p.Detail != "" {
		return string(p.Code) + ": " + p.Detail
	}
	return string(p.Code)
}
