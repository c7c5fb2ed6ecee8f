package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5/pgconn"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/issuer"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/problem"
)

func TestEachErrorHasItsProblem(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	field := func(f identity.Field, c identity.Cause) error {
		return &verify.InputError{Fields: []*identity.Error{{Field: f, Cause: c}}}
	}
	for _, test := range []struct {
		err   error
		code  problem.Code
		retry time.Duration
	}{
		{verify.ErrNotFound, problem.NotFound, 0},
		{verify.ErrUnauthorized, problem.Unauthorized, 0},
		{verify.ErrForbidden, problem.Forbidden, 0},
		{verify.ErrAlreadyVerified, problem.AlreadyVerified, 0},
		{verify.ErrRequest, problem.RequestInvalid, 0},
		{verify.ErrCodeExpired, problem.CodeExpired, 0},
		{verify.ErrTicketExpired, problem.TicketExpired, 0},
		{verify.ErrTicketUsed, problem.TicketUsed, 0},
		{verify.ErrConsentRequired, problem.ConsentRequired, 0},
		{verify.ErrFaceNotFound, problem.FaceNotFound, 0},
		{verify.ErrProviderUnavailable, problem.ProviderUnavailable, retrySoon},
		{&verify.ConflictError{ID: "v_1"}, problem.Conflict, 0},
		{&verify.CodeWrongError{GuessesLeft: 3}, problem.CodeWrong, 0},
		{&verify.EvidenceError{Cause: "signature"}, problem.EvidenceInvalid, 0},
		{&verify.QualityError{Hint: verify.HintCloser}, problem.FaceQuality, 0},
		{&verify.BusyError{RetryAfter: 2 * time.Second}, problem.Busy, 2 * time.Second},
		{&verify.LimitError{Bucket: verify.BucketSMSNumber, RetryAt: now.Add(time.Minute)}, problem.RateLimited, time.Minute},
		{&verify.LimitError{Bucket: verify.BucketFailsID, RetryAt: now.Add(time.Hour)}, problem.TooManyAttempts, time.Hour},
		{field(identity.FieldName, identity.CauseInterpunct), problem.NameInvalid, 0},
		{field(identity.FieldNumber, identity.CauseBirthDate), problem.IDNumberInvalid, 0},
		{field(identity.FieldNumber, identity.CauseUnderage), problem.GuardianRequired, 0},
		{field(identity.FieldMobile, identity.CauseTooShort), problem.MobileInvalid, 0},
		{field(identity.FieldCertificateType, identity.CauseUnsupported), problem.CertificateTypeUnsupported, 0},
		{account.ErrCredentialsWrong, problem.CredentialsWrong, 0},
		{account.ErrUsernameTaken, problem.UsernameTaken, 0},
		{&issuer.RefusedError{Issuer: "mall", Cause: issuer.CauseNonce}, problem.SignInRefused, 0},
		{issuer.ErrSpent, problem.SignInRefused, 0},
		{issuer.ErrLinkTaken, problem.LinkTaken, 0},
		{issuer.ErrUnavailable, problem.IssuerUnavailable, retrySoon},
		{fmt.Errorf("%w: %w", issuer.ErrUnavailable, context.DeadlineExceeded), problem.IssuerUnavailable, retrySoon},
		{issuer.ErrUnknown, problem.RequestInvalid, 0},
		{issuer.ErrRedirect, problem.RequestInvalid, 0},
		{issuer.ErrNotFound, problem.NotFound, 0},
		{issuer.ErrOff, problem.Forbidden, 0},
		{&account.InvalidError{Field: "username", Cause: "too_short"}, problem.RequestInvalid, 0},
		{&account.LimitError{RetryAt: now.Add(time.Minute)}, problem.RateLimited, time.Minute},
		{&http.MaxBytesError{Limit: 1}, problem.TooLarge, 0},
		{context.DeadlineExceeded, problem.Busy, retrySoon},
		{fmt.Errorf("read case: %w", pgconn.ErrConnClosed), problem.Busy, retrySoon},
		{fmt.Errorf("write case: %w", &pgconn.PgError{Code: "25006"}), problem.Busy, retrySoon},
		{fmt.Errorf("insert account: %w", &pgconn.PgError{Code: "58030"}), problem.Busy, retrySoon},
		{&pgconn.ConnectError{}, problem.Busy, retrySoon},
		{ErrPortrait, problem.FaceNotFound, 0},
		{errors.New("what nobody foresaw"), problem.Internal, 0},
	} {
		r := refusalOf(fmt.Errorf("wrapped: %w", test.err), now)
		if r.code != test.code || r.retryAfter != test.retry || r.detail == "" {
			t.Errorf("%v: %s %s %q, want %s %s", test.err, r.code, r.retryAfter, r.detail, test.code, test.retry)
		}
	}
	if r := refusalOf(&verify.CodeWrongError{GuessesLeft: 1}, now); r.detail != "The code is wrong; one guess is left." {
		t.Errorf("of the last guess: %q", r.detail)
	}
}

func TestADetailIsTrueOfItsCause(t *testing.T) {
	field := func(f identity.Field, c identity.Cause) error {
		return &verify.InputError{Fields: []*identity.Error{{Field: f, Cause: c}}}
	}
	attempt := func(left int) error {
		return &verify.AttemptError{Err: &verify.EvidenceError{Cause: "signature"}, Left: left}
	}
	const refused = "The upload was refused, after three captures that could not be used either, and counts as an attempt; "
	for _, test := range []struct {
		err  error
		want string
	}{
		{field(identity.FieldNumber, identity.CauseUnderage), "Under 14 a guardian has to consent, which this server cannot ask for; it verifies people of 14 and older."},
		{field(identity.FieldCertificateType, identity.CauseUnsupported), "The method does not take this certificate type; the verification options say which ones it takes."},
		{field(identity.FieldMobile, identity.CauseBlocked), "What was stated cannot be taken as it is; errors names the fields."},
		{&account.InvalidError{Field: "new", Cause: "too_short"}, "The password is not acceptable."},
		{&account.InvalidError{Field: "username", Cause: "too_short"}, "The user name is not acceptable."},
		{attempt(2), refused + "2 are left."},
		{attempt(1), refused + "one is left."},
		{attempt(0), refused + "none is left, and the verification has ended."},
	} {
		if got := refusalOf(test.err, time.Time{}).detail; got != test.want {
			t.Errorf("%v: %s", test.err, got)
		}
	}
}

func TestARequestErrorNamesItsField(t *testing.T) {
	for cause, err := range map[string]error{
		"missing": &verify.RequestError{Field: "version", Missing: true},
		"value":   &verify.RequestError{Field: "version"},
	} {
		r := refusalOf(err, time.Time{})
		if r.code != problem.RequestInvalid || len(r.errors) != 1 || r.errors[0].Field != "version" || r.errors[0].Cause != cause {
			t.Errorf("%s: %+v", cause, r)
		}
	}
}

// Each request that the server is at fault for is logged with its reason, once. One whose
// client went away is no fault.
func TestAFaultIsLoggedAndAClientThatWentAwayIsNone(t *testing.T) {
	fault := errors.New("what nobody foresaw")
	for _, test := range []struct {
		name   string
		err    error
		gone   bool
		status int
		logged string
	}{
		{"a fault", fault, false, http.StatusInternalServerError, "request failed"},
		{"a fault, and the client went away", fault, true, http.StatusInternalServerError, "request failed"},
		{"the client went away", fmt.Errorf("read case: %w", context.Canceled), true, statusGone, ""},
		{"something else was ended", context.Canceled, false, http.StatusInternalServerError, "request failed"},
		{"the database is away", pgconn.ErrConnClosed, false, http.StatusServiceUnavailable, "the database does not answer"},
		{"a connection was closed with the client's", pgconn.ErrConnClosed, true, http.StatusServiceUnavailable, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			s := &Server{Deps: Deps{Logger: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now}}
			engine := gin.New()
			engine.Use(s.answer)
			engine.GET("/", func(g *gin.Context) { _ = g.Error(test.err) })
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			if test.gone {
				leave()
			}
			recorder := httptest.NewRecorder()
			engine.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
			if recorder.Code != test.status {
				t.Errorf("status %d, want %d", recorder.Code, test.status)
			}
			if lines := strings.Count(log.String(), "\n"); lines != min(len(test.logged), 1) || !strings.Contains(log.String(), test.logged) {
				t.Errorf("logged %q", log.String())
			}
		})
	}
}
