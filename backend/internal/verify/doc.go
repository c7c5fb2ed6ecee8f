// Package verify is the domain: one verification from its first call to its
// verdict. Handlers, stores, providers and the face engine hang on its ports;
// it imports none of them, reads no clock and draws no randomness of its own.
//
// A Case is the whole record of one verification. Its Status is the only
// authority on who acts next. The table in transition.go lists every legal
// change of it, and step.move is the one function that applies them; the
// database guards them again, since Store.Update writes where id and version
// are those that were read.
//
//	code_required --right code--> checking --> verified | rejected | face_required
//	face_required --claim--> confirming --number, consent--> capturing
//	capturing --evidence--> judging --> verified | rejected | face_required | in_review
//	in_review --operator--> verified | rejected
//
// Service has one method a call of the API. Each loads the case, applies what
// has expired, lets the case decide, and publishes after the commit. Provider
// and engine are asked between two transactions, never inside one.
package verify
