package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"realname.example/backend/internal/operator"
	"realname.example/shared/api"
	"realname.example/shared/problem"
)

// declare lists every route.
func (s *Server) declare() {
	s.declareAccounts()
	s.declareIssuers()
	s.declareVerifications()
	s.declarePhone()
	s.declareOperator()
	s.declareServices()
	if s.Sandbox != nil {
		s.declareSandbox()
	}
	s.declareProbes()
	s.declareConsole()
	s.declarePages()
}

func (s *Server) declareAccounts() {
	serve(s, route{
		method: http.MethodGet, path: api.PathServer, status: http.StatusOK, tag: "server",
		summary: "Describe the server to a client that has not signed in",
	}, s.server)
	serve(s, route{
		method: http.MethodGet, path: api.PathConsentText, status: http.StatusOK, tag: "server", query: []string{"language"},
		summary: "The text that a person agrees to, in the language of the query or of Accept-Language",
	}, s.consentText)
	serve(s, route{
		method: http.MethodPost, path: api.PathAccounts, status: http.StatusCreated, tag: "account",
		summary: "Create an account and sign in", codes: []problem.Code{problem.UsernameTaken, problem.RateLimited},
	}, s.signUp)
	serve(s, route{
		method: http.MethodPost, path: api.PathSessions, status: http.StatusCreated, tag: "account",
		summary: "Sign in", codes: []problem.Code{problem.CredentialsWrong, problem.RateLimited},
	}, s.signIn)
	serve(s, route{
		method: http.MethodDelete, path: api.PathSession, who: whoAccount, status: http.StatusNoContent, tag: "account", asks: true,
		summary: "Sign out",
	}, s.signOut)
	serve(s, route{
		method: http.MethodGet, path: api.PathAccount, who: whoAccount, status: http.StatusOK, tag: "account",
		summary: "The account with its verified or open verification",
	}, s.account)
	serve(s, route{
		method: http.MethodPost, path: api.PathPassword, who: whoAccount, status: http.StatusNoContent, tag: "account",
		summary: "Change the password; ends every session and hand-off",
		codes:   []problem.Code{problem.CredentialsWrong, problem.RateLimited}, fresh: true,
	}, s.changePassword)
	serve(s, route{
		method: http.MethodPost, path: api.PathExport, who: whoAccount, status: http.StatusOK, tag: "account", asks: true,
		summary: "All that is kept of the account's person, in clear, after the password",
		codes:   []problem.Code{problem.CredentialsWrong, problem.RateLimited}, fresh: true,
	}, s.export)
	serve(s, route{
		method: http.MethodDelete, path: api.PathAccountMove, who: whoAccount, status: http.StatusNoContent, tag: "account",
		summary: "Object to the move of the account's ID", codes: []problem.Code{problem.NotFound},
		missing: "Nobody asks for this account's ID.",
	}, s.objectToMove)
	s.declareResets()
	serve(s, route{
		method: http.MethodGet, path: api.PathRecords, who: whoAccount, status: http.StatusOK, tag: "account",
		summary: "What is stored of the account, and what happened with it",
	}, s.records)
	serve(s, route{
		method: http.MethodDelete, path: api.PathIdentity, who: whoAccount, status: http.StatusNoContent, tag: "account",
		summary: "Erase the identity for good; frees the ID and cancels an open verification",
	}, s.erase)
	serve(s, route{
		method: http.MethodGet, path: api.PathOptions, who: whoAccount, status: http.StatusOK, tag: "verification", asks: true,
		summary: "How this account can verify itself",
	}, s.options)
}

func (s *Server) declareIssuers() {
	wrong := []problem.Code{problem.SignInRefused, problem.IssuerUnavailable, problem.RateLimited}
	serve(s, route{
		method: http.MethodGet, path: api.PathSignInOptions, status: http.StatusOK, tag: "account", asks: true,
		summary: "How people sign in here",
	}, s.signInOptions)
	serve(s, route{
		method: http.MethodPost, path: api.PathSignIns, status: http.StatusCreated, tag: "account", asks: true,
		summary: "Begin a sign-in at an issuer; the person answers in a browser of this PC", codes: wrong,
	}, s.beginSignIn)
	serve(s, route{
		method: http.MethodPost, path: api.PathSignIn, status: http.StatusCreated, tag: "account", asks: true,
		summary: "Hand in what the issuer answered, once, and sign in", codes: wrong,
	}, s.finishSignIn)
	serve(s, route{
		method: http.MethodGet, path: api.PathLinks, who: whoAccount, status: http.StatusOK, tag: "account",
		summary: "The affiliated sites that the account is linked to",
	}, s.links)
	serve(s, route{
		method: http.MethodPost, path: api.PathLinks, who: whoAccount, status: http.StatusCreated, tag: "account", asks: true,
		summary: "Begin to link the account at an affiliated site", codes: wrong,
	}, s.beginLink)
	serve(s, route{
		method: http.MethodPost, path: api.PathLink, who: whoAccount, status: http.StatusCreated, tag: "account", asks: true,
		summary: "Hand in what the site answered, once, and link; {} asks whether the person has answered on another device",
		codes:   append(wrong, problem.LinkTaken, problem.Conflict),
	}, s.finishLink)
	serve(s, route{
		method: http.MethodDelete, path: api.PathLink, who: whoAccount, status: http.StatusNoContent, tag: "account", asks: true,
		summary: "Forget a link here, and end it at the site; {id} is the issuer's",
	}, s.unlink)
}

func (s *Server) declareVerifications() {
	serve(s, route{
		method: http.MethodPost, path: api.PathVerifications, who: whoAccount, status: http.StatusCreated, tag: "verification", asks: true,
		summary: "Begin a verification",
		codes: []problem.Code{
			problem.IDNumberInvalid, problem.NameInvalid, problem.MobileInvalid, problem.CertificateTypeUnsupported,
			problem.GuardianRequired, problem.ConsentRequired, problem.Conflict, problem.AlreadyVerified, problem.TooManyAttempts,
			problem.ProviderUnavailable, problem.SignInRefused, problem.IssuerUnavailable,
		},
	}, s.begin)
	serve(s, route{
		method: http.MethodGet, path: api.PathVerification, who: whoAccount, status: http.StatusOK, tag: "verification", looks: true,
		summary: "The verification as it stands",
	}, s.view)
	s.stream(route{
		method: http.MethodGet, path: api.PathVerificationEvents, who: whoAccount, status: http.StatusOK, tag: "verification",
		summary: "Stream of views, the present one first", codes: []problem.Code{problem.Busy},
	}, s.watchAsAccount)
	serve(s, route{
		method: http.MethodPost, path: api.PathCode, who: whoAccount, status: http.StatusOK, tag: "verification", asks: true,
		summary: "Send the SMS code, or another", codes: []problem.Code{problem.Conflict, problem.RateLimited, problem.ProviderUnavailable, problem.MobileInvalid},
	}, s.sendCode)
	serve(s, route{
		method: http.MethodPost, path: api.PathCodeCheck, who: whoAccount, status: http.StatusOK, tag: "verification", asks: true,
		summary: "Check the SMS code and decide",
		codes: []problem.Code{
			problem.CodeWrong, problem.CodeExpired, problem.Conflict, problem.ProviderUnavailable,
			problem.NameInvalid, problem.IDNumberInvalid, problem.MobileInvalid, problem.TooManyAttempts,
		},
	}, s.checkCode)
	serve(s, route{
		method: http.MethodPost, path: api.PathVerificationHandoff, who: whoAccount, status: http.StatusCreated, tag: "verification",
		summary: "A fresh ticket for a phone", codes: []problem.Code{problem.Conflict, problem.RateLimited},
	}, s.handoff)
	serve(s, route{
		method: http.MethodPost, path: api.PathReview, who: whoAccount, status: http.StatusOK, tag: "verification", asks: true,
		summary: "Ask for a person's review; from a rejected face a new verification", codes: []problem.Code{problem.Conflict, problem.AlreadyVerified},
	}, s.askReview)
	serve(s, route{
		method: http.MethodDelete, path: api.PathVerification, who: whoAccount, status: http.StatusOK, tag: "verification",
		summary: "Cancel", codes: []problem.Code{problem.Conflict},
	}, s.cancel)
	serve(s, route{
		method: http.MethodPost, path: api.PathMove, who: whoAccount, status: http.StatusOK, tag: "verification",
		summary: "Ask for the move of an ID that verifies another account, after a living face or an operator said whose it is",
		codes:   []problem.Code{problem.Conflict, problem.AlreadyVerified},
	}, s.askMove)
	s.declarePictures()
}

func (s *Server) declarePhone() {
	serve(s, route{
		method: http.MethodPost, path: api.PathClaim, who: whoMaybe, status: http.StatusCreated, tag: "phone",
		summary: "Take a hand-off by ticket or typed code",
		codes: []problem.Code{
			problem.TicketExpired, problem.TicketUsed, problem.Forbidden, problem.Conflict, problem.RateLimited, problem.TooManyAttempts,
		},
	}, s.claim)
	serve(s, route{
		method: http.MethodGet, path: api.PathHandoff, who: whoPhone, status: http.StatusOK, tag: "phone", looks: true,
		summary: "The verification as the phone may see it",
	}, s.phone)
	s.stream(route{
		method: http.MethodGet, path: api.PathHandoffEvents, who: whoPhone, status: http.StatusOK, tag: "phone",
		summary: "Stream of the phone's views, the present one first", codes: []problem.Code{problem.Busy},
	}, s.watchAsPhone)
	serve(s, route{
		method: http.MethodPost, path: api.PathConfirm, who: whoPhone, status: http.StatusOK, tag: "phone",
		summary: "Type the number that the PC shows", codes: []problem.Code{problem.Conflict},
	}, s.confirm)
	serve(s, route{
		method: http.MethodPost, path: api.PathConsent, who: whoPhone, status: http.StatusOK, tag: "phone", asks: true,
		summary: "Consent to the face scan", codes: []problem.Code{problem.Conflict, problem.ConsentRequired, problem.ProviderUnavailable},
	}, s.consent)
	serve(s, route{
		method: http.MethodPost, path: api.PathDecline, who: whoPhone, status: http.StatusOK, tag: "phone",
		summary: "Decline", codes: []problem.Code{problem.Conflict},
	}, s.decline)
	serve(s, route{
		method: http.MethodPost, path: api.PathChallenge, who: whoPhone, status: http.StatusOK, tag: "phone",
		summary: "What the person has to do", codes: []problem.Code{problem.Conflict, problem.ConsentRequired, problem.RateLimited, problem.Busy},
	}, s.challenge)
	serve(s, route{
		method: http.MethodPost, path: api.PathProgress, who: whoPhone, status: http.StatusNoContent, tag: "phone",
		summary: "What the phone is doing, for the PC to show", codes: []problem.Code{problem.Conflict, problem.ConsentRequired},
	}, s.progress)
	s.declareEvidence()
	s.declarePhonePictures()
}

// missingReview is what an operator reads of an id that no verification has.
const missingReview = "There is no such verification."

func (s *Server) declareOperator() {
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminMe, who: whoOperator, right: operator.Any, status: http.StatusOK, tag: "operator",
		summary: "Who asks, and what they may",
	}, s.operatorSelf)
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminReviews, who: whoOperator, right: operator.Review, status: http.StatusOK, tag: "operator",
		summary: "Verifications that wait for an operator, masked: 50 a page, the next begins after the last one's id",
		query:   []string{"after"},
	}, s.reviews)
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminReview, who: whoOperator, right: operator.Review, status: http.StatusOK, tag: "operator",
		summary: "One verification in full", missing: missingReview,
	}, s.review)
	serve(s, route{
		method: http.MethodPost, path: api.PathAdminApprove, who: whoOperator, right: operator.Review, status: http.StatusOK, tag: "operator",
		summary: "Approve, with a reason", codes: []problem.Code{problem.Conflict}, missing: missingReview,
	}, s.approve)
	serve(s, route{
		method: http.MethodPost, path: api.PathAdminReject, who: whoOperator, right: operator.Review, status: http.StatusOK, tag: "operator",
		summary: "Reject, with a reason", codes: []problem.Code{problem.Conflict}, missing: missingReview,
	}, s.reject)
	s.declareDesk()
	s.declareImport()
	s.declarePeopleExport()
	s.declareAudit()
	s.declareNumbers()
	s.declareServiceDesk()
	s.declareSettings()
	s.declareWorks()
}

// act declares something that an operator does to one account or person.
func act[In, Out any](s *Server, right operator.Right, path, summary string, handle func(context.Context, *call, In) (Out, error), codes ...problem.Code) {
	status := http.StatusOK
	if is[none, Out]() {
		status = http.StatusNoContent
	}
	serve(s, route{
		method: http.MethodPost, path: path, who: whoOperator, right: right, status: status, tag: "operator", summary: summary, codes: codes,
		missing: "No ID verifies this account.",
	}, handle)
}

func (s *Server) declareDesk() {
	act(s, operator.Find, api.PathAdminSearch, "Find accounts and people by one exact value, masked", s.search)
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminAccount, who: whoOperator, right: operator.Find, status: http.StatusOK, tag: "operator",
		summary: "An account with status, caps and history, masked: 100 events a page, newest first",
		query:   []string{"behind"}, codes: []problem.Code{problem.RequestInvalid},
	}, s.adminAccountDetail)
	act(s, operator.Help, api.PathAdminEndSessions, "Sign the account out everywhere, and revoke its phone", s.adminEndSessions)
	act(s, operator.Help, api.PathAdminUnlock, "Forget what counts against the account's own caps", s.adminUnlock)
	act(s, operator.Help, api.PathAdminReset, "A code by which the account's person sets a new password, once", s.adminReset, problem.Conflict)
	act(s, operator.People, api.PathAdminReveal, "Who the account is, in full; the reason is audited", s.adminReveal)
	act(s, operator.People, api.PathAdminErase, "Erase what is known of the account; of a verified one, once two operators ask", s.adminErase, problem.Conflict)
	act(s, operator.People, api.PathAdminRelease, "Free the account's ID, once two operators ask", s.adminRelease, problem.Conflict)
	act(s, operator.People, api.PathAdminJoin, "Join a further number of the account's person, once two operators name it", s.adminJoin,
		problem.Conflict, problem.IDNumberInvalid, problem.CertificateTypeUnsupported)
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminPerson, who: whoOperator, right: operator.Find, status: http.StatusOK, tag: "operator",
		summary: "A person of the registry, masked",
	}, s.adminPerson)
	act(s, operator.People, api.PathAdminPersonReveal, "A person of the registry in full; the reason is audited", s.adminPersonReveal)
	act(s, operator.People, api.PathAdminPersonRemove, "Remove a person from the registry; who was verified stays so", s.adminPersonRemove)
}

func (s *Server) declareAudit() {
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminAudit, who: whoOperator, right: operator.Audit, status: http.StatusOK, tag: "operator",
		summary: "The audit trail, newest first", query: []string{"behind", "case", "operator"}, codes: []problem.Code{problem.RequestInvalid},
	}, s.audit)
	act(s, operator.Audit, api.PathAdminAuditVerify, "Begin to verify the whole trail", s.auditVerify)
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminAuditVerify, who: whoOperator, right: operator.Audit, status: http.StatusOK, tag: "operator",
		summary: "How far the verification is, and what it found",
	}, s.auditVerified)
	s.declareExport()
	serve(s, route{
		method: http.MethodGet, path: api.PathAdminHealth, who: whoOperator, right: operator.Any, status: http.StatusOK, tag: "operator",
		summary: "How the server is",
	}, s.health)
}

func (s *Server) declareExport() {
	r := route{
		method: http.MethodGet, path: api.PathAdminAuditExport, who: whoOperator, right: operator.Audit, status: http.StatusOK, tag: "operator", asks: true,
		summary: "The whole trail as JSON Lines, oldest first; the last line, seal, signs what stands before it",
	}
	op := s.operation(r, nil, nil)
	op.Responses["200"].Content = map[string]*huma.MediaType{"application/jsonl": {Schema: &huma.Schema{Type: huma.TypeString}}}
	s.mount(r, op, s.auditExport)
}

func (s *Server) declareSandbox() {
	s.declareInbox()
	serve(s, route{
		method: http.MethodGet, path: api.PathSandboxPeople, status: http.StatusOK, tag: "sandbox",
		summary: "People to try",
	}, s.sandboxPeople)
	serve(s, route{
		method: http.MethodPost, path: api.PathSandboxPeople, status: http.StatusCreated, tag: "sandbox", asks: true,
		summary: "Add one's own person", limit: maxPortraitJSON, codes: []problem.Code{
			problem.IDNumberInvalid, problem.NameInvalid, problem.MobileInvalid, problem.FaceNotFound, problem.Conflict,
		},
	}, s.sandboxAdd)
	serve(s, route{
		method: http.MethodPost, path: api.PathSandboxReset, status: http.StatusNoContent, tag: "sandbox", asks: true,
		summary: "Bring the sandbox back to its first state",
	}, s.sandboxReset)
}
