package storetest

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// Start is the moment at which the suite's cases begin.
var Start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// Who returns the n-th fictional person, n below 1000.
func Who(n int) verify.Identity {
	digits := fmt.Sprintf("11010019900307%03d", n)
	return verify.Identity{
		CertificateType: identity.CNID,
		Name:            identity.NewPII("张伟"),
		Number:          identity.NewPII(digits + string(identity.CheckCharacter(digits))),
		Mobile:          identity.NewPII(fmt.Sprintf("13800000%03d", n)),
	}
}

// NewCase returns an open case of an account with every field set.
func NewCase(id, accountID string, who verify.Identity) *verify.Case {
	return &verify.Case{
		ID: verification.ID(id), AccountID: accountID, Account: "de***o",
		Status: verification.CodeRequired, Method: verification.Mobile,
		CreatedAt: Start, StatusSince: Start, ActiveAt: Start, EndsAt: Start.Add(30 * time.Minute),
		Identity: who, AttemptsLeft: 5,
		PC: verify.Origin{Device: "张伟的电脑", Network: "203.0.113.x", NewDevice: true},
	}
}

// Moved returns a change that gives a case a status.
func Moved(to verification.Status) verify.Change {
	return func(c *verify.Case) (verify.Effects, error) {
		c.Status = to
		if to.Final() {
			c.EndsAt, c.FinishedAt = time.Time{}, Start.Add(time.Minute)
		}
		return verify.Effects{
			Bind:  to == verification.Verified,
			Audit: []verify.Entry{{At: Start, Actor: verify.ActorServer, Event: verify.EventJudged, Status: to}},
		}, nil
	}
}

// Set is a change without effects.
func Set(set func(*verify.Case)) verify.Change {
	return func(c *verify.Case) (verify.Effects, error) {
		set(c)
		return verify.Effects{}, nil
	}
}

// With is a change that leaves the case and has effects.
func With(e verify.Effects) verify.Change {
	return func(*verify.Case) (verify.Effects, error) { return e, nil }
}

// Create stores a case or fails the test.
func Create(t testing.TB, s verify.Store, c *verify.Case) {
	t.Helper()
	if err := s.Create(t.Context(), c, verify.Effects{}); err != nil {
		t.Fatalf("create %s: %v", c.ID, err)
	}
}

// Update changes a case or fails the test.
func Update(t testing.TB, s verify.Store, id verification.ID, change verify.Change) *verify.Case {
	t.Helper()
	c, err := s.Update(t.Context(), id, change)
	if err != nil {
		t.Fatalf("update %s: %v", id, err)
	}
	return c
}

// Run holds a database to everything that verify.Store, account.Store and the
// other ports promise. fresh returns the configuration of a new, empty database
// with its keys.
func Run(t *testing.T, fresh func(*testing.T) store.Config) {
	for name, test := range map[string]func(*testing.T, *store.Store){
		"a case comes back as it was stored":              testRoundTrip,
		"each message is asked about by one alone":        testReceipts,
		"a change that changes nothing writes nothing":    testUnchanged,
		"an error of a change writes nothing":             testChangeFails,
		"an unknown case is not found":                    testNotFound,
		"an account has one open case":                    testOneOpen,
		"a verified account begins no case":               testAlreadyVerified,
		"an ID number verifies one account":               testOneNumber,
		"keys lead to their case":                         testKeys,
		"a key that another case has is drawn again":      testKeyTaken,
		"overdue cases and those in review are listed":    testLists,
		"limits count traces":                             testLimits,
		"limits over everybody count minutes":             testTallies,
		"limits count different items":                    testItems,
		"erasure deletes what is personal and frees":      testErase,
		"erasure ends the open case":                      testEraseOpen,
		"nobody is verified as nobody":                    testNobody,
		"pruning deletes what is old":                     testPrune,
		"accounts and sessions":                           testAccounts,
		"the registry is imported whole and listed":       testRegistry,
		"an own person cannot take a number":              testAdd,
		"an import is all or none, and takes no portrait": testImport,
		"a replacement removes who is not in it":          testReplace,
		"a mobile number that changes meanwhile stays":    testMobileChanged,
		"an import is there with its act, or not at all":  testImportNoted,
		"a step whose INSERT fails is rolled back":        testBrokenInsert,
		"a tampered audit trail is found":                 testTampered,
		"a seal holds a case that is removed":             testSeals,
		"a case of a newer form is refused":               testNewerForm,
		"what a newer server keeps of a case stays":       testUnknownFields,
		"traces live as long as they are counted":         testPruneTraces,
		"drawn actions wait for account and number":       testWaiting,
		"frames are remembered once":                      testFrames,
		"a limit is asked without a trace":                testAllows,
		"what operators sign in with ends":                testOperatorsEnd,
		"pictures of a review have a key of their own":    testPictures,
		"pictures of a review go on time and by erasure":  testPicturesEnd,
		"a service is added with its act, or not at all":  testNotedService,
		"services come back as they were stored":          testServices,
		"grants are found, listed and revoked":            testGrants,
		"services are told in the change itself":          testServiceEvents,
		"a code is redeemed once, whoever races":          testRedeem,
		"what is redeemed beside a revocation is void":    testRevokeFamilyBeside,
		"nothing outlives a grant that is revoked":        testRevokeBeside,
		"a device has its tokens once":                    testDevices,
		"one of several processes makes the next key":     testSigningKeys,
		"what is over is forgotten":                       testPruneServices,
		"an entry is added to the newest case":            testNote,
		"events are sent in order for each person":        testOutbox,
		"events are given up after three days":            testDead,
		"one sender has a service's events at a time":     testLease,
		"an attempt at an issuer is taken once":           testAttempts,
		"a device is asked about now and then":            testDeviceAttempts,
		"a person at an issuer has one account":           testLinks,
		"accounts of who signs in by an issuer":           testLinkedAccounts,
		"sessions that an issuer vouched for":             testIssuerSessions,
		"issuers hear of tokens that ended":               testRevocations,
		"operators, their keys and enrolments":            testOperators,
		"passkeys and sessions of operators":              testPasskeys,
		"half a ceremony is taken once":                   testCeremonies,
		"a tampered trail of operators is found":          testTamperedActs,
		"the trail has pages over both chains":            testTrail,
		"a refusal before is counted as it may be false":  testAgain,
		"how near a cap is":                               testNear,
		"the nearest of several limits":                   testNearest,
		"counts of an hour are striped":                   testStripes,
		"long work says how far it is":                    testWorks,
		"an account that never verified goes by age":      testIdleAccounts,
		"what has a life of its own ends with it":         testEndsInTime,
		"services are found by name, in pages":            testFindServices,
		"a service that is off loses nothing":             testServiceOff,
		"counts end after more than a year":               testPruneCounts,
		"sums of counts change no answer":                 testSums,
		"counts are summed whole or not at all":           testSumsFail,
		"two operators agree, never one with themselves":  testCountersign,
		"who is removed is none of two operators":         testCountersignEnds,
		"people are found by number and mobile":           testFind,
		"an ID is freed and verifies nobody any more":     testUnbind,
		"a joined number is the account's":                testJoined,
		"joined numbers move with the ID":                 testBequeathed,
		"the trail knows a joined number again":           testJoinNoted,
		"a stray number is whose who takes it":            testStrayNumber,
		"a number that cannot be opened is nobody's":      testLeftJoined,
		"pages have one order under any collation":        testCollation,
		"a sandbox is emptied whatever points where":      testResetOrder,
		"nothing is forgotten without its act":            testForgottenNoted,
		"sessions are counted and ended":                  testEndSessions,
		"caps are forgotten":                              testForget,
	} {
		t.Run(name, func(t *testing.T) { test(t, Open(t, fresh(t))) })
	}
	for name, test := range map[string]func(*testing.T, store.Config){
		"answers are kept for ten minutes":               testAnswers,
		"the inbox lists newest first after a restart":   testInbox,
		"limits hold after a restart":                    testLimitReopen,
		"rotation wraps data keys anew and nothing else": testRotate,
		"reindex changes the index key":                  testReindex,
		"mobile numbers of before are indexed":           testIndexMobiles,
		"another mode does not open":                     testMode,
		"an end that is kept from its seal is named":     testUnsealed,
		"old entries go and the rest is still verified":  testOldAudit,
		"two processes start together":                   testStartTogether,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
	for name, test := range map[string]func(t *testing.T, a, b *store.Store){
		"64 racers for one ID: one wins":           testIDRace,
		"stages are counted with their change":     testStageCounts,
		"calls and caps are counted by every node": testLedger,
		"counts are summed beside those who count": testSumRace,
		"64 racers for one ticket: one claims":     testClaimRace,
		"64 racers for one account: one begins":    testCreateRace,
		"64 racers for three places: three pass":   testLimitRace,
		"64 callers of one key: one runs":          testAnswerRace,
		"erasures beside beginnings and verdicts":  testEraseRace,
		"64 draws for one number: all the same":    testDrawRace,
		"64 answers of one attempt: one is taken":  testAttemptRace,
		"64 renewals of one link: one renews":      testLeaseRace,
		"changes of one case are never lost":       testLostUpdate,
		"64 acts at once are one chain":            testActRace,
		"64 release one ID: 32 times two":          testCountersignRace,
		"64 joins and bindings of one number":      testJoinRace,
		"64 passkeys by one enrolment: one stays":  testEnrolmentRace,
		"two consents at once: both stay":          testConsentRace,
		"a service is removed beside its people":   testRemovalRace,
	} {
		t.Run(name, func(t *testing.T) {
			cfg := fresh(t) // shared by two stores, as by two processes
			test(t, Open(t, cfg), Open(t, cfg))
		})
	}
}

func testRoundTrip(t *testing.T, s *store.Store) {
	c := NewCase("c1", "demo", Who(1))
	c.Code = &verify.Code{MAC: []byte{1, 2}, SentAt: Start, ExpiresAt: Start.Add(time.Minute), GuessesLeft: 5}
	c.Risks = []verify.RiskRule{verify.RiskFlagged}
	c.Keys = []verify.Key{{Kind: verify.KeyTicket, Hash: "h", ExpiresAt: Start.Add(time.Minute)}}
	c.Phone = &verify.Phone{Device: "张伟的手机", Network: "198.51.100.x", PublicKey: []byte{9}, ClaimedAt: Start, SeenAt: Start, Number: "42"}
	c.Challenge = &verify.Challenge{ID: "x", Actions: []verification.Action{verification.Nod}, Nonce: "n", IssuedAt: Start, ExpiresAt: Start}
	c.Review = &verify.Review{AskedAt: Start, Asked: verification.Risk, DecidedAt: Start, Operator: "op", Note: "note"}
	c.Challenges, c.NumberMismatches, c.Declines, c.TriesLeft, c.RetryAt = 1, 2, 3, 4, Start
	c.Reason, c.Affiliate = verification.Risk, "mall"
	c.Actions, c.Refused, c.JudgedAt = []verification.Action{verification.Nod}, 2, Start
	c.ReviewsRefused, c.Restated, c.ReviewedAnew = 1, true, true
	Create(t, s, c)
	if c.Version != 1 {
		t.Errorf("version %d after Create", c.Version)
	}
	for name, got := range map[string]func() (*verify.Case, error){
		"Case":     func() (*verify.Case, error) { return s.Case(t.Context(), "c1") },
		"OpenCase": func() (*verify.Case, error) { return s.OpenCase(t.Context(), "demo") },
		"Cases": func() (*verify.Case, error) {
			all, err := s.Cases(t.Context(), "demo")
			return all[0], err
		},
	} {
		if have, err := got(); err != nil || !reflect.DeepEqual(have, c) {
			t.Errorf("%s: %v\nhave %+v\nwant %+v", name, err, have, c)
		}
	}
}

func testUnchanged(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "demo", Who(1)))
	if c := Update(t, s, "c1", With(verify.Effects{})); c.Version != 1 {
		t.Errorf("version %d", c.Version)
	}
	c := Update(t, s, "c1", Set(func(c *verify.Case) { c.PC.Device = "another" }))
	if again, err := s.Case(t.Context(), "c1"); err != nil || c.Version != 2 || again.PC.Device != "another" {
		t.Errorf("version %d, device %q, %v", c.Version, again.PC.Device, err)
	}
}

func testChangeFails(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "demo", Who(1)))
	broken := errors.New("broken")
	_, err := s.Update(t.Context(), "c1", func(c *verify.Case) (verify.Effects, error) {
		e, _ := Moved(verification.Checking)(c)
		return e, broken
	})
	c, caseErr := s.Case(t.Context(), "c1")
	if !errors.Is(err, broken) || caseErr != nil || c.Status != verification.CodeRequired || c.Version != 1 {
		t.Errorf("got %v, %v, %+v", err, caseErr, c)
	}
}

func testNotFound(t *testing.T, s *store.Store) {
	_, updateErr := s.Update(t.Context(), "none", With(verify.Effects{}))
	_, caseErr := s.Case(t.Context(), "none")
	_, openErr := s.OpenCase(t.Context(), "none")
	_, keyErr := s.CaseByKey(t.Context(), verify.KeyTicket, "none")
	_, boundErr := s.Bound(t.Context(), "none")
	_, numberErr := s.NumberBound(t.Context(), "none")
	for i, err := range []error{updateErr, caseErr, openErr, keyErr, boundErr, numberErr} {
		if !errors.Is(err, verify.ErrNotFound) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if all, err := s.Cases(t.Context(), "none"); err != nil || len(all) != 0 {
		t.Errorf("got %v, %v", all, err)
	}
}

func testOneOpen(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "demo", Who(1)))
	err := s.Create(t.Context(), NewCase("c2", "demo", Who(2)), verify.Effects{})
	var conflict *verify.ConflictError
	if !errors.As(err, &conflict) || conflict.ID != "c1" || conflict.Status != verification.CodeRequired {
		t.Fatalf("got %v", err)
	}
	Update(t, s, "c1", Moved(verification.Cancelled))
	Create(t, s, NewCase("c2", "demo", Who(2)))
}

func testAlreadyVerified(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "demo", Who(1)))
	Update(t, s, "c1", Moved(verification.Verified))
	if err := s.Create(t.Context(), NewCase("c2", "demo", Who(2)), verify.Effects{}); !errors.Is(err, verify.ErrAlreadyVerified) {
		t.Errorf("got %v", err)
	}
	bound, err := s.Bound(t.Context(), "demo")
	want := &verify.Bound{AccountID: "demo", CaseID: "c1", Method: verification.Mobile, Identity: Who(1), At: Start.Add(time.Minute)}
	if err != nil || !reflect.DeepEqual(bound, want) {
		t.Errorf("got %+v, %v", bound, err)
	}
}

func testOneNumber(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "first", Who(1)))
	Create(t, s, NewCase("c2", "second", Who(1)))
	Update(t, s, "c1", Moved(verification.Verified))
	_, err := s.Update(t.Context(), "c2", Moved(verification.Verified))
	c, caseErr := s.Case(t.Context(), "c2")
	if !errors.Is(err, verify.ErrIdentityBound) || caseErr != nil || c.Version != 1 {
		t.Errorf("got %v, %v, version %d", err, caseErr, c.Version)
	}
	third := NewCase("c3", "third", Who(1))
	e, _ := Moved(verification.Verified)(third)
	if err := s.Create(t.Context(), third, e); !errors.Is(err, verify.ErrIdentityBound) {
		t.Errorf("an affiliate's claim: %v", err)
	}
	if account, err := s.NumberBound(t.Context(), Who(1).Number.Reveal()); err != nil || account != "first" {
		t.Errorf("bound to %q, %v", account, err)
	}
}

func testKeys(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "demo", Who(1)))
	for _, kind := range []verify.KeyKind{verify.KeyTicket, verify.KeyTyped, verify.KeyPhone} {
		Update(t, s, "c1", Set(func(c *verify.Case) {
			c.Keys = append(c.Keys, verify.Key{Kind: kind, Hash: "same", ExpiresAt: Start})
		}))
		if id, err := s.CaseByKey(t.Context(), kind, "same"); err != nil || id != "c1" {
			t.Errorf("%s: %q, %v", kind, id, err)
		}
	}
}

func testKeyTaken(t *testing.T, s *store.Store) {
	Create(t, s, NewCase("c1", "first", Who(1)))
	Create(t, s, NewCase("c2", "second", Who(2)))
	draws := []string{"taken", "free"}
	for _, id := range []verification.ID{"c1", "c2"} {
		drawn := 0
		Update(t, s, id, Set(func(c *verify.Case) {
			c.Keys = append(c.Keys, verify.Key{Kind: verify.KeyTyped, Hash: draws[drawn], ExpiresAt: Start})
			drawn++
		}))
	}
	for hash, want := range map[string]verification.ID{"taken": "c1", "free": "c2"} {
		if id, err := s.CaseByKey(t.Context(), verify.KeyTyped, hash); err != nil || id != want {
			t.Errorf("%s leads to %q, %v", hash, id, err)
		}
	}
}

func testLists(t *testing.T, s *store.Store) {
	for i, minutes := range []int{30, 10, 20} {
		c := NewCase(fmt.Sprint("c", i), fmt.Sprint("a", i), Who(i))
		c.CreatedAt, c.EndsAt = Start.Add(time.Duration(minutes)*time.Minute), Start.Add(time.Duration(minutes)*time.Minute)
		Create(t, s, c)
	}
	over, err := s.Overdue(t.Context(), Start.Add(20*time.Minute), 10)
	if err != nil || !slices.Equal(over, []verification.ID{"c1", "c2"}) {
		t.Errorf("overdue %v, %v", over, err)
	}
	Update(t, s, "c1", Moved(verification.Expired))
	versions, err := s.Versions(t.Context(), []verification.ID{"c0", "c1", "gone"})
	if want := map[verification.ID]int64{"c0": 1, "c1": 2}; err != nil || !maps.Equal(versions, want) {
		t.Errorf("versions %v, %v", versions, err)
	}
	if over, err = s.Overdue(t.Context(), Start.Add(time.Hour), 1); err != nil || !slices.Equal(over, []verification.ID{"c2"}) {
		t.Errorf("overdue %v, %v", over, err)
	}
	Update(t, s, "c0", Moved(verification.InReview))
	Update(t, s, "c2", Moved(verification.InReview))
	for _, test := range []struct {
		after verification.ID
		limit int
		want  []verification.ID
	}{
		{"", 0, []verification.ID{"c2", "c0"}},
		{"", 1, []verification.ID{"c2"}},
		{"c2", 5, []verification.ID{"c0"}},
		{"c0", 5, nil},
		{"none", 5, nil},
	} {
		var have []verification.ID
		waiting, err := s.InStatus(t.Context(), verification.InReview, test.after, test.limit)
		for _, c := range waiting {
			have = append(have, c.ID)
		}
		if err != nil || !slices.Equal(have, test.want) {
			t.Errorf("in review after %q: %v, %v", test.after, have, err)
		}
	}
}
