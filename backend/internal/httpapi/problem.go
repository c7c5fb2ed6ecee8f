package httpapi

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5/pgconn"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/consent"
	"realname.example/backend/internal/issuer"
	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/service"
	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
)

// Short names for the codes that this package itself refuses with.
const (
	notFound         = problem.NotFound
	methodNotAllowed = problem.MethodNotAllowed
)

// Errors that implementations of this package's ports return.
var (
	// ErrPortrait is a picture that cannot serve as a portrait.
	ErrPortrait = errors.New("picture cannot serve as a portrait")
	// ErrTaken is an ID number that the sandbox has somebody else for.
	ErrTaken = errors.New("the ID number is taken")
)

// refusal is an error that already knows its problem.
type refusal struct {
	code       problem.Code
	detail     string
	instance   string
	errors     []problem.FieldError
	retryAfter time.Duration
	sentence   string // key of the console's own, where that of the code says too little
}

// Error implements error.
func (r *refusal) Error() string { return string(r.code) + ": " + r.detail }

// saying is the refusal with a sentence of the console's own.
func (r *refusal) saying(key string) *refusal {
	r.sentence = key
	return r
}

// refuse returns a refusal with a sentence for people who write clients.
func refuse(code problem.Code, detail string) *refusal { return &refusal{code: code, detail: detail} }

// invalid is a request_invalid that names one field.
func invalid(field, cause, message string) *refusal {
	r := refuse(problem.RequestInvalid, message)
	r.errors = []problem.FieldError{{Field: field, Cause: cause, Message: message}}
	return r
}

// plain is the table of errors that carry nothing.
var plain = []struct {
	err    error
	code   problem.Code
	detail string
}{
	{verify.ErrNotFound, problem.NotFound, "There is no such verification in this account."},
	{verify.ErrUnauthorized, problem.Unauthorized, "The token is not valid, or was revoked."},
	{verify.ErrForbidden, problem.Forbidden, "The code belongs to another account; nothing was claimed."},
	{verify.ErrIdentityBound, problem.Conflict, "This number verifies an account already."},
	{verify.ErrAlreadyVerified, problem.AlreadyVerified, "This account is verified."},
	{verify.ErrRequest, problem.RequestInvalid, "A value is not one that this call takes."},
	{verify.ErrCodeExpired, problem.CodeExpired, "The code has expired, or none was sent; ask for a new one."},
	{verify.ErrTicketExpired, problem.TicketExpired, "The code has expired; scan the one that the PC shows now."},
	{verify.ErrTicketUsed, problem.TicketUsed, "The code was used; ask for a new one on the PC."},
	{consent.ErrUnknown, problem.NotFound, "There is no consent for this."},
	{verify.ErrConsentUnknown, problem.ConsentRequired, "Consent was given to another text than the present one; show that one."},
	{verify.ErrConsentRequired, problem.ConsentRequired, "Consent to this has not been given."},
	{verify.ErrFaceNotFound, problem.FaceNotFound, "No single face was found; no attempt was counted."},
	{operator.ErrNotFound, problem.Unauthorized, "The operator was removed meanwhile; nothing was changed."},
	{operator.ErrAsked, problem.Conflict, "You asked for this already; another admin has to agree within 24 hours."},
	{account.ErrNotFound, problem.NotFound, "There is no such account."},
	{service.ErrNotFound, problem.NotFound, "There is no such service."},
	{registry.ErrNotFound, problem.NotFound, "There is no such person in the registry."},
	{operator.ErrOwn, problem.Forbidden, "This is your own account; another operator decides about it."},
	{account.ErrCredentialsWrong, problem.CredentialsWrong, "The user name or the password is wrong."},
	{account.ErrUsernameTaken, problem.UsernameTaken, "The user name is taken; choose another."},
	{account.ErrCodeExpired, problem.CodeExpired, "The code has expired or was used, or none was sent; begin again."},
	{account.ErrNoPassword, problem.Conflict, "This account has no password: its person signs in elsewhere."},
	{issuer.ErrNotFound, problem.NotFound, "This account has no such link, and nobody began it."},
	{issuer.ErrOff, problem.Forbidden, "People sign in here by password; /v1/sign-in-options says so."},
	{issuer.ErrLinkTaken, problem.LinkTaken, "The person there is linked to another account here; nothing was changed."},
	{ErrPortrait, problem.FaceNotFound, "The picture shows no single face that could be compared with."},
}

// retrySoon is the Retry-After of a provider or database that is away.
const retrySoon = 5 * time.Second

// refusalOf is the one map from errors to problems.
func refusalOf(err error, now time.Time) *refusal {
	var attempt *verify.AttemptError
	if errors.As(err, &attempt) {
		r := refusalOf(attempt.Err, now)
		r.detail = "The upload was refused, after three captures that could not be used either, and counts as an attempt; " + attemptsLeft(attempt.Left)
		return r
	}
	var own *refusal
	if errors.As(err, &own) {
		return own
	}
	if errors.Is(err, ErrTaken) {
		return invalid("number", "taken", "The sandbox has another person with this number; make up another.")
	}
	if errors.Is(err, verify.ErrAffiliateUnknown) {
		return invalid("affiliate", "value", "This server has no such affiliate; the verification options list them.")
	}
	if r := inputRefusal(err); r != nil {
		return r
	}
	for _, p := range plain {
		if errors.Is(err, p.err) {
			return refuse(p.code, p.detail)
		}
	}
	if r := issuerRefusal(err, now); r != nil {
		return r
	}
	if r := limitRefusal(err, now); r != nil {
		return r
	}
	if r := caseRefusal(err); r != nil {
		return r
	}
	return refuse(problem.Internal, "Something went wrong on the server; nothing was changed. Try again later.")
}

func attemptsLeft(n int) string {
	switch n {
	case 0:
		return "none is left, and the verification has ended."
	case 1:
		return "one is left."
	}
	return fmt.Sprintf("%d are left.", n)
}

// caseRefusal is that of what a case, a code or what was sent for it says, or nil.
func caseRefusal(err error) *refusal {
	var conflict *verify.ConflictError
	var wrong *verify.CodeWrongError
	var resetCode *account.WrongCodeError
	var evidence *verify.EvidenceError
	var quality *verify.QualityError
	var picture *verify.PictureError
	switch {
	case errors.As(err, &picture):
		r := refuse(problem.PictureInvalid, "The picture cannot be used; nothing was changed. Send another one.")
		r.errors = []problem.FieldError{{Field: string(picture.Picture), Cause: string(picture.Cause)}}
		return r
	case errors.As(err, &conflict):
		r := refuse(problem.Conflict, fmt.Sprintf("The verification is %s and does not allow this call now.", conflict.Status))
		r.instance = strings.Replace(api.PathVerification, "{id}", string(conflict.ID), 1)
		return r
	case errors.As(err, &resetCode):
		return codeWrong(resetCode.GuessesLeft)
	case errors.As(err, &wrong):
		return codeWrong(wrong.GuessesLeft)
	case errors.As(err, &evidence):
		r := refuse(problem.EvidenceInvalid, "The evidence cannot be used; errors says why. Ask for a new challenge. No attempt was counted.")
		r.errors = []problem.FieldError{{Field: "manifest", Cause: evidence.Cause}}
		return r
	case errors.As(err, &quality):
		r := refuse(problem.FaceQuality, "The pictures are not good enough; take them again. No attempt was counted.")
		r.errors = []problem.FieldError{{Field: "frame", Cause: string(quality.Hint)}}
		return r
	}
	return nil
}

func codeWrong(left int) *refusal {
	sentence := fmt.Sprintf("The code is wrong; %d guesses are left.", left)
	if left == 1 {
		sentence = "The code is wrong; one guess is left."
	}
	r := refuse(problem.CodeWrong, sentence)
	r.errors = []problem.FieldError{{Field: "code", Cause: "wrong", Message: strconv.Itoa(left)}}
	return r
}

// inputRefusal maps what a person typed wrong.
func inputRefusal(err error) *refusal {
	var large *http.MaxBytesError
	var credentials *account.InvalidError
	var input *verify.InputError
	var field *identity.Error
	var typed *operator.InputError
	var draft *service.InvalidError
	var request *verify.RequestError
	switch {
	case errors.As(err, &request) && request.Missing:
		return invalid(request.Field, "missing", "The call needs this field.")
	case errors.As(err, &request):
		return invalid(request.Field, "value", "The call does not take this value.")
	case errors.As(err, &draft):
		return invalid(draft.Field, "value", draft.Sentence)
	case errors.As(err, &typed) && typed.Field != "":
		return invalid(typed.Field, "value", typed.Sentence)
	case errors.As(err, &typed):
		return refuse(problem.RequestInvalid, typed.Sentence)
	case errors.As(err, &large):
		return refuse(problem.TooLarge, fmt.Sprintf("The body may have %d bytes at most.", large.Limit))
	case errors.As(err, &credentials):
		what := "password"
		if credentials.Field == "username" {
			what = "user name"
		}
		return invalid(credentials.Field, credentials.Cause, "The "+what+" is not acceptable.")
	case errors.As(err, &input) && len(input.Fields) > 0:
		r := stated(input.Fields[0])
		for _, f := range input.Fields {
			r.errors = append(r.errors, problem.FieldError{Field: string(f.Field), Cause: string(f.Cause), Message: f.Detail})
		}
		return r
	case errors.As(err, &field):
		r := stated(field)
		r.errors = []problem.FieldError{{Field: string(field.Field), Cause: string(field.Cause), Message: field.Detail}}
		return r
	}
	return nil
}

// issuerRefusal maps what an issuer answered, or did not.
func issuerRefusal(err error, now time.Time) *refusal {
	var refused *issuer.RefusedError
	var pending *issuer.PendingError
	switch {
	case errors.As(err, &pending):
		r := refuse(problem.Conflict, "The person has not answered on their device yet; ask again after Retry-After.")
		r.errors = []problem.FieldError{{Field: "device", Cause: api.CausePending}}
		r.retryAfter = max(pending.Until.Sub(now), time.Second)
		return r
	case errors.As(err, &refused):
		r := refuse(problem.SignInRefused, "What the issuer answered is not taken; nothing was changed. Begin again.")
		r.errors = []problem.FieldError{{Field: "issuer", Cause: string(refused.Cause)}}
		return r
	case errors.Is(err, issuer.ErrSpent):
		r := refuse(problem.SignInRefused, "This was used, or is older than ten minutes; nothing was changed. Begin again.")
		r.errors = []problem.FieldError{{Field: "issuer", Cause: api.CauseExpired}}
		return r
	case errors.Is(err, issuer.ErrUnknown):
		return invalid("issuer", "value", "This server asks no such issuer for this.")
	case errors.Is(err, issuer.ErrRedirect):
		return invalid("redirect_uri", "value", "The address has to be http://127.0.0.1:PORT/… or http://[::1]:PORT/… of the caller's own, with the port that the issuer takes.")
	case errors.Is(err, issuer.ErrUnavailable):
		r := refuse(problem.IssuerUnavailable, "The issuer does not answer; nothing was changed. Try again after Retry-After.")
		r.retryAfter = retrySoon
		return r
	}
	return nil
}

// stated refuses an identity for the first of its fields that is not taken.
func stated(first *identity.Error) *refusal {
	code := codeOf(first)
	switch code {
	case problem.GuardianRequired:
		return refuse(code, "Under 14 a guardian has to consent, which this server cannot ask for; it verifies people of 14 and older.")
	case problem.CertificateTypeUnsupported:
		return refuse(code, "The method does not take this certificate type; the verification options say which ones it takes.")
	}
	return refuse(code, "What was stated cannot be taken as it is; errors names the fields.")
}

func codeOf(e *identity.Error) problem.Code {
	switch e.Field {
	case identity.FieldCertificateType:
		return problem.CertificateTypeUnsupported
	case identity.FieldName:
		return problem.NameInvalid
	case identity.FieldMobile:
		return problem.MobileInvalid
	case identity.FieldNumber:
		if e.Cause == identity.CauseUnderage {
			return problem.GuardianRequired
		}
		return problem.IDNumberInvalid
	}
	return problem.RequestInvalid
}

// limitRefusal maps caps and missing capacity, which all say when to come
// back.
func limitRefusal(err error, now time.Time) *refusal {
	var limit *verify.LimitError
	var signIn *account.LimitError
	var busy *verify.BusyError
	var queue *account.BusyError
	var r *refusal
	switch {
	case errors.As(err, &limit):
		r = refuse(problem.RateLimited, "A limit is reached; Retry-After says when it is over.")
		switch limit.Bucket {
		case verify.BucketFailsAccount, verify.BucketFailsID, verify.BucketIDsOfAccount,
			verify.BucketFacesAccount, verify.BucketFacesID, verify.BucketFacesPhone, verify.BucketCapturesID:
			r.code = problem.TooManyAttempts
		}
		r.errors = []problem.FieldError{{Field: "limit", Cause: string(limit.Bucket)}}
		r.retryAfter = limit.RetryAt.Sub(now)
	case errors.As(err, &signIn):
		r = refuse(problem.RateLimited, "Too many attempts; Retry-After says when the next is taken.")
		r.retryAfter = signIn.RetryAt.Sub(now)
	case errors.As(err, &busy):
		r = refuse(problem.Busy, "The server is at its limit; nothing was counted. Send it again after Retry-After.")
		r.retryAfter = max(busy.RetryAfter, time.Second)
	case errors.As(err, &queue):
		r = refuse(problem.Busy, "Too many sign-ins wait; nothing was counted. Send it again after Retry-After.")
		r.retryAfter = queue.RetryAfter
	case errors.Is(err, verify.ErrProviderUnavailable):
		r = refuse(problem.ProviderUnavailable, "A service that this needs does not answer; nothing was charged or lost. Try again after Retry-After.")
		r.retryAfter = retrySoon
	case unavailable(err):
		r = refuse(problem.Busy, "The database does not answer. What was not answered may have been done: look, and try again after Retry-After.")
		r.retryAfter = retrySoon
	}
	return r
}

// unavailable reports whether the database is away, rather than the call at
// fault: it cannot be reached, does not answer, its connection was closed, or it
// says itself that it is going down, full or a standby, that its disk fails, or that
// others' changes were in the way (SQLSTATE classes 08, 40, 53, 57 and 58, and 25006).
func unavailable(err error) bool {
	var network net.Error
	var connect *pgconn.ConnectError
	var state interface{ SQLState() string }
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.As(err, &network),
		errors.Is(err, pgconn.ErrConnClosed), errors.As(err, &connect):
		return true
	case errors.As(err, &state) && len(state.SQLState()) == 5:
		class := state.SQLState()[:2]
		return class == "08" || class == "40" || class == "53" || class == "57" || class == "58" || state.SQLState() == "25006"
	}
	return false
}

// statusGone is what nginx calls a request whose client went away before its answer. It
// stands in metrics and the log alone.
const statusGone = 499

// problems is the one place at which an error becomes an answer.
func (s *Server) problems(g *gin.Context) {
	last := g.Errors.Last()
	if last == nil || g.Writer.Written() {
		return
	}
	if g.Request.Context().Err() != nil && errors.Is(last.Err, context.Canceled) {
		g.Status(statusGone)
		return
	}
	s.countCap(last.Err)
	r := refusalOf(last.Err, s.Now())
	s.logFault(g.Request.Context(), g, r, last.Err)
	s.writeProblem(g, r)
}

// logFault writes what a refusal does not tell its caller: why the server is at fault, or
// the database away. Where the caller is gone, the latter may be no more than that.
func (s *Server) logFault(ctx context.Context, g *gin.Context, r *refusal, err error) {
	gone := ctx.Err() != nil
	switch {
	case gone && errors.Is(err, context.Canceled):
	case r.code == problem.Internal:
		s.Logger.ErrorContext(ctx, "request failed", "request", g.GetString(requestID), "route", g.FullPath(), "err", err)
	case r.code == problem.Busy && unavailable(err) && !gone:
		s.Logger.WarnContext(ctx, "the database does not answer", "request", g.GetString(requestID), "route", g.FullPath(), "err", err)
	}
}

// countCap counts a call that a cap stopped.
func (s *Server) countCap(err error) {
	var limit *verify.LimitError
	var signIn *account.LimitError
	switch {
	case errors.As(err, &limit):
		s.Numbers.Capped(limit.Bucket)
	case errors.As(err, &signIn):
		s.Numbers.Capped(verify.BucketSignIn)
	}
}

func (s *Server) writeProblem(g *gin.Context, r *refusal) {
	g.Set(problemCode, string(r.code))
	if r.retryAfter > 0 {
		g.Header("Retry-After", strconv.Itoa(int(math.Ceil(r.retryAfter.Seconds()))))
	}
	if r.code.Status() == http.StatusUnauthorized { // RFC 9110, 15.5.2
		g.Header("WWW-Authenticate", "Bearer")
	}
	body, err := json.Marshal(problem.Problem{
		Type: problem.TypeURI(r.code), Title: r.code.Title(), Status: r.code.Status(), Detail: r.detail,
		Instance: r.instance, Code: r.code, Errors: r.errors,
	})
	if err != nil {
		g.Status(http.StatusInternalServerError)
		return
	}
	g.Data(r.code.Status(), problem.ContentType, body)
}
