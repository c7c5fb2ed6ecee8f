package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"realname.example/backend/internal/operator"
	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
)

// addOperator makes an operator with an enrolment whose hash is "enrol-NAME".
func addOperator(t testing.TB, s *store.Store, name string, roles ...operator.Role) operator.Operator {
	t.Helper()
	o := operator.Operator{Name: name, Account: "account-of-" + name, Roles: roles, MadeAt: Start, Handle: []byte("handle of " + name)}
	n := operator.Enrolment{Hash: "enrol-" + name, Name: name, ExpiresAt: Start.Add(time.Hour)}
	if err := s.AddOperator(t.Context(), o, n, act(operator.ActAdded, name)); err != nil {
		t.Fatalf("add %s: %v", name, err)
	}
	return o
}

func act(a operator.Act, subject string) operator.Entry {
	return operator.Entry{At: Start, Operator: "shell:root", Act: a, Subject: subject}
}

func sessionOf(name string) operator.Session {
	return operator.Session{Hash: "session-" + name, Name: name, MadeAt: Start, SeenAt: Start}
}

func testOperators(t *testing.T, s *store.Store) {
	ctx := t.Context()
	wang := addOperator(t, s, "wang", operator.Reviewer, operator.Support)
	addOperator(t, s, "li", operator.Admin)
	if have, err := s.Operator(ctx, "wang"); err != nil || !reflect.DeepEqual(have, wang) {
		t.Errorf("have %+v, %v", have, err)
	}
	if err := s.AddOperator(ctx, wang, operator.Enrolment{}, act(operator.ActAdded, "wang")); !errors.Is(err, operator.ErrNameUsed) {
		t.Errorf("a second wang: %v", err)
	}
	k := operator.Key{Hash: "key", Name: "wang", Roles: wang.Roles[:1], MadeAt: Start, ExpiresAt: Start.Add(time.Hour)}
	if err := s.AddKey(ctx, k, act(operator.ActKeyMade, "wang")); err != nil {
		t.Fatal(err)
	}
	if have, owner, err := s.Key(ctx, "key", Start); err != nil || !reflect.DeepEqual(have, k) || !reflect.DeepEqual(owner, wang) {
		t.Errorf("have %+v of %+v, %v", have, owner, err)
	}
	if _, _, err := s.Key(ctx, "key", k.ExpiresAt); !errors.Is(err, operator.ErrNotFound) {
		t.Errorf("an expired key: %v", err)
	}
	if err := s.RemoveOperator(ctx, "wang", Start, act(operator.ActRemoved, "wang")); err != nil {
		t.Fatal(err)
	}
	_, _, keyErr := s.Key(ctx, "key", Start)
	_, nameErr := s.Operator(ctx, "wang")
	_, enrolErr := s.Enrolment(ctx, "enrol-wang", Start)
	_, _, handleErr := s.Passkeys(ctx, wang.Handle)
	for what, err := range map[string]error{
		"key": keyErr, "operator": nameErr, "handle": handleErr,
		"another key":    s.AddKey(ctx, k, act(operator.ActKeyMade, "wang")),
		"a session":      s.AddOperatorSession(ctx, sessionOf("wang"), act(operator.ActSignedIn, "wang")),
		"an enrolment":   s.AddEnrolment(ctx, operator.Enrolment{Hash: "x", Name: "wang"}, false, act(operator.ActEnrolmentMade, "wang")),
		"second removal": s.RemoveOperator(ctx, "wang", Start, act(operator.ActRemoved, "wang")),
	} {
		if !errors.Is(err, operator.ErrNotFound) {
			t.Errorf("%s after the removal: %v", what, err)
		}
	}
	if !errors.Is(enrolErr, operator.ErrEnrolment) {
		t.Errorf("enrolment after the removal: %v", enrolErr)
	}
	if err := s.AddOperator(ctx, wang, operator.Enrolment{}, act(operator.ActAdded, "wang")); !errors.Is(err, operator.ErrNameUsed) {
		t.Errorf("a name of before: %v", err)
	}
	all, err := s.Operators(ctx)
	if err != nil || len(all) != 2 || all[0].Name != "li" || !all[1].RemovedAt.Equal(Start) {
		t.Errorf("have %+v, %v", all, err)
	}
	// The suite's moment is long ago, and nothing was sealed yet.
	const late = "operator_acts row 1 was not sealed for more than a minute"
	if _, err := s.VerifyAudit(ctx, nil); err == nil || err.Error() != late {
		t.Errorf("unsealed acts: %v", err)
	}
	seal(t, s)
	if report, err := s.VerifyAudit(ctx, nil); err != nil || report.Entries != 4 {
		t.Errorf("have %+v, %v", report, err)
	}
}

func testPasskeys(t *testing.T, s *store.Store) {
	ctx := t.Context()
	wang := addOperator(t, s, "wang", operator.Admin)
	p := operator.Passkey{ID: "credential", Name: "wang", MadeAt: Start, Credential: []byte(`{"id":"1"}`)}
	if o, err := s.Enrolment(ctx, "enrol-wang", Start); err != nil || o.Name != "wang" {
		t.Fatalf("%+v, %v", o, err)
	}
	if _, err := s.Enrolment(ctx, "enrol-wang", Start.Add(time.Hour)); !errors.Is(err, operator.ErrEnrolment) {
		t.Errorf("an old enrolment: %v", err)
	}
	add := func() error {
		return s.AddPasskey(ctx, "enrol-wang", p, sessionOf("wang"), act(operator.ActPasskeyMade, "wang"))
	}
	if err := add(); err != nil {
		t.Fatal(err)
	}
	if err := add(); !errors.Is(err, operator.ErrEnrolment) {
		t.Errorf("an enrolment used twice: %v", err)
	}
	p.UsedAt, p.Credential = Start.Add(time.Minute), []byte(`{"id":"2"}`)
	if err := s.UsePasskey(ctx, p); err != nil {
		t.Fatal(err)
	}
	o, keys, err := s.Passkeys(ctx, wang.Handle)
	if err != nil || o.Name != "wang" || !reflect.DeepEqual(keys, []operator.Passkey{p}) {
		t.Errorf("have %+v %+v, %v", o, keys, err)
	}
	n, o, err := s.OperatorSession(ctx, "session-wang", Start.Add(-time.Minute))
	if err != nil || o.Name != "wang" || !reflect.DeepEqual(n, sessionOf("wang")) {
		t.Errorf("have %+v %+v, %v", n, o, err)
	}
	if _, _, err := s.OperatorSession(ctx, "session-wang", Start); !errors.Is(err, operator.ErrNotFound) {
		t.Errorf("an idle session: %v", err)
	}
	if err := s.SeeOperatorSession(ctx, "session-wang", Start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.OperatorSession(ctx, "session-wang", Start); err != nil {
		t.Errorf("a session that was used: %v", err)
	}
	if err := s.EndOperatorSession(ctx, "session-wang", act(operator.ActSignedOut, "wang")); err != nil {
		t.Fatal(err)
	}
	if err := s.EndOperatorSession(ctx, "session-wang", act(operator.ActSignedOut, "wang")); !errors.Is(err, operator.ErrNotFound) {
		t.Errorf("ended twice: %v", err)
	}
}

func testCeremonies(t *testing.T, s *store.Store) {
	ctx, ends := t.Context(), time.Now().Add(time.Hour)
	if err := s.KeepCeremony(ctx, "c", []byte("half"), ends); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TakeCeremony(ctx, "c", ends); !errors.Is(err, operator.ErrPasskey) {
		t.Errorf("one that has ended: %v", err)
	}
	if half, err := s.TakeCeremony(ctx, "c", Start); err != nil || string(half) != "half" {
		t.Errorf("%q, %v", half, err)
	}
	if _, err := s.TakeCeremony(ctx, "c", Start); !errors.Is(err, operator.ErrPasskey) {
		t.Errorf("taken twice: %v", err)
	}
}

// testTamperedActs changes the operators' trail by hand, and back.
func testTamperedActs(t *testing.T, s *store.Store) {
	for range 3 {
		if err := s.Note(t.Context(), act(operator.ActSearched, "number")); err != nil {
			t.Fatal(err)
		}
	}
	seal(t, s)
	for _, test := range []struct{ what, do, undo, says string }{
		{
			"an act is changed", "UPDATE operator_acts SET operator = 'li' WHERE seq = 2",
			"UPDATE operator_acts SET operator = 'shell:root' WHERE seq = 2", "operator_acts row 2 was changed or moved",
		},
		{
			"an act is removed", "UPDATE operator_acts SET seq = 9 WHERE seq = 2",
			"UPDATE operator_acts SET seq = 2 WHERE seq = 9", "operator_acts row 2 is missing",
		},
		{
			"the end is cut", "DELETE FROM operator_acts WHERE seq = 3", "",
			"audit_seals row 1 of case operators seals a chain that was cut or changed",
		},
	} {
		if _, err := s.Pool().ExecContext(t.Context(), test.do); err != nil {
			t.Fatal(err)
		}
		var tampered *store.TamperError
		if _, err := s.VerifyAudit(t.Context(), nil); !errors.As(err, &tampered) || tampered.Error() != test.says {
			t.Errorf("%s: %v", test.what, err)
		}
		if test.undo == "" {
			continue
		}
		if _, err := s.Pool().ExecContext(t.Context(), test.undo); err != nil {
			t.Fatal(err)
		}
	}
}

// testActRace has two processes write the operators' trail at once.
func testActRace(t *testing.T, a, b *store.Store) {
	failed := race(a, b, func(_ int, s *store.Store) error {
		return s.Note(t.Context(), act(operator.ActSearched, "number"))
	})
	winners(t, failed, func(error) bool { return false })
	seal(t, a)
	if report, err := b.VerifyAudit(t.Context(), nil); err != nil || report.Entries != 64 {
		t.Errorf("have %+v, %v", report, err)
	}
}

// testEnrolmentRace has one enrolment used by many.
func testEnrolmentRace(t *testing.T, a, b *store.Store) {
	addOperator(t, a, "wang", operator.Admin)
	failed := race(a, b, func(i int, s *store.Store) error {
		p := operator.Passkey{ID: fmt.Sprint("p", i), Name: "wang", MadeAt: Start, Credential: []byte("{}")}
		n := sessionOf("wang")
		n.Hash = p.ID
		return s.AddPasskey(t.Context(), "enrol-wang", p, n, act(operator.ActPasskeyMade, "wang"))
	})
	if n := winners(t, failed, func(err error) bool { return errors.Is(err, operator.ErrEnrolment) }); n != 1 {
		t.Errorf("%d passkeys by one enrolment", n)
	}
}

// testOperatorsEnd: what has ended is deleted, and a lost passkey is taken back.
func testOperatorsEnd(t *testing.T, s *store.Store) {
	ctx := t.Context()
	wang := addOperator(t, s, "wang", operator.Reviewer)
	passkey := operator.Passkey{ID: "p", Name: "wang", MadeAt: Start, Credential: []byte("{}")}
	if err := s.AddPasskey(ctx, "enrol-wang", passkey, sessionOf("wang"), act(operator.ActPasskeyMade, "wang")); err != nil {
		t.Fatal(err)
	}
	keys := func() (all int) {
		t.Helper()
		_, list, err := s.Passkeys(ctx, wang.Handle)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	next := operator.Enrolment{Hash: "next", Name: "wang", ExpiresAt: Start.Add(time.Hour)}
	if err := s.AddEnrolment(ctx, next, false, act(operator.ActEnrolmentMade, "wang")); err != nil || keys() != 1 {
		t.Errorf("a second passkey ends the first: %d, %v", keys(), err)
	}
	if err := s.AddEnrolment(ctx, next, true, act(operator.ActPasskeysEnded, "wang")); err != nil || keys() != 0 {
		t.Errorf("a lost one is still there: %d, %v", keys(), err)
	}
	if _, _, err := s.OperatorSession(ctx, "session-wang", Start.Add(-time.Hour)); !errors.Is(err, operator.ErrNotFound) {
		t.Errorf("who has the lost one is still signed in: %v", err)
	}
	k := operator.Key{Hash: "key", Name: "wang", Roles: wang.Roles, MadeAt: Start, ExpiresAt: Start.Add(time.Hour)}
	if err := s.AddKey(ctx, k, act(operator.ActKeyMade, "wang")); err != nil {
		t.Fatal(err)
	}
	if err := s.AddOperatorSession(ctx, sessionOf("wang"), act(operator.ActSignedIn, "wang")); err != nil {
		t.Fatal(err)
	}
	if err := s.Prune(ctx, Start.Add(operator.IdleLife), verify.Lives{Cases: time.Hour, Pictures: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.OperatorSession(ctx, "session-wang", time.Time{}); !errors.Is(err, operator.ErrNotFound) {
		t.Errorf("an idle session stays: %v", err)
	}
	if _, _, err := s.Key(ctx, "key", Start); err != nil {
		t.Errorf("a key within its life: %v", err)
	}
	if err := s.Prune(ctx, Start.Add(time.Hour), verify.Lives{Cases: time.Hour, Pictures: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Key(ctx, "key", Start); !errors.Is(err, operator.ErrNotFound) {
		t.Errorf("an ended key stays: %v", err)
	}
	if _, err := s.Enrolment(ctx, "next", Start); !errors.Is(err, operator.ErrEnrolment) {
		t.Errorf("an ended enrolment stays: %v", err)
	}
}
