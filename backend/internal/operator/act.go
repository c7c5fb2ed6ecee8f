package operator

import "time"

// Act names something that an operator did.
type Act string

// The acts of the trail; the console has a sentence for each.
const (
	ActAdded          Act = "operator_added"
	ActRemoved        Act = "operator_removed"
	ActEnrolmentMade  Act = "enrolment_made"
	ActPasskeyMade    Act = "passkey_made"
	ActPasskeysEnded  Act = "passkeys_ended"
	ActKeyMade        Act = "key_made"
	ActKeysEnded      Act = "keys_ended"
	ActSignedIn       Act = "signed_in"
	ActSignedOut      Act = "signed_out"
	ActReviewOpened   Act = "review_opened"
	ActSearched       Act = "searched"
	ActAccountOpened  Act = "account_opened"
	ActRevealed       Act = "revealed"
	ActErased         Act = "erased"
	ActPersonRemoved  Act = "person_removed"
	ActImported       Act = "people_imported"
	ActExported       Act = "people_exported"
	ActAsked          Act = "asked"
	ActReleased       Act = "released"
	ActJoined         Act = "number_joined"
	ActSessionsEnded  Act = "sessions_ended"
	ActCapsUnlocked   Act = "caps_unlocked"
	ActPasswordReset  Act = "password_reset"
	ActServiceAdded   Act = "service_added"
	ActServiceRotated Act = "service_rotated"
	ActServiceChanged Act = "service_changed"
	ActServiceOff     Act = "service_turned_off"
	ActServiceOn      Act = "service_turned_on"
	ActServiceRemoved Act = "service_removed"
	ActEventsResent   Act = "events_resent"
	ActAnswerRefused  Act = "answer_refused" // of an issuer, by the server itself
	ActAuditVerified  Act = "audit_verified"
	ActAuditExported  Act = "audit_exported"
	ActPicturesOpened Act = "pictures_opened"
	ActForgotten      Act = "forgotten" // by age, by the server itself
)

// Acts lists every act once.
func Acts() []Act {
	return []Act{
		ActAdded, ActRemoved, ActEnrolmentMade, ActPasskeyMade, ActPasskeysEnded, ActKeyMade, ActKeysEnded,
		ActSignedIn, ActSignedOut, ActReviewOpened, ActSearched, ActAccountOpened, ActRevealed, ActErased,
		ActPersonRemoved, ActImported, ActExported, ActAsked, ActReleased, ActJoined, ActSessionsEnded, ActCapsUnlocked,
		ActPasswordReset, ActServiceAdded, ActServiceRotated, ActServiceChanged, ActServiceOff, ActServiceOn, ActServiceRemoved, ActEventsResent, ActAnswerRefused,
		ActAuditVerified, ActAuditExported, ActPicturesOpened, ActForgotten,
	}
}

// ByServer stands for an operator where the server itself acted.
const ByServer = "server"

// Entry is one line of the operators' trail. It holds no personal data but the
// operator's name.
type Entry struct {
	// Seq counts the trail's lines from 1; a Store sets it.
	Seq int64
	At  time.Time
	// Operator is who did it: the owner of the key or passkey, "shell:NAME" for a
	// user of the operating system who ran a command, or ByServer.
	Operator string
	Act      Act
	// Subject is what it was done to: the id of a case, of an account or of a
	// person in the registry, or an operator's name.
	Subject string
	// Detail is the reason that was given, or what a search was by.
	Detail string
}
