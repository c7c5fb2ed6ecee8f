package api

import (
	"time"

	"realname.example/shared/verification"
)

// AdminSearch finds by one exact value; nothing is found by a part of it.
type AdminSearch struct {
	By    string `json:"by" enum:"username,number,mobile"`
	Value string `json:"value" minLength:"1" maxLength:"100"`
}

// AdminFound is who a search found.
type AdminFound struct {
	Accounts []AdminAccount `json:"accounts"`
	// People are rows of the registry.
	People []AdminPerson `json:"people"`
}

// AdminAccount is an account in short. Name, number and mobile are masked, and
// empty where the account is not verified.
type AdminAccount struct {
	ID       string    `json:"id"`
	Username string    `json:"username"`
	MadeAt   time.Time `json:"made_at"`
	Verified bool      `json:"verified"`
	Name     string    `json:"name,omitempty"`
	Number   string    `json:"number,omitempty"`
	Mobile   string    `json:"mobile,omitempty"`
}

// AdminAccountDetail is an account with its history.
type AdminAccountDetail struct {
	AdminAccount
	Method     verification.Method `json:"method,omitempty"`
	VerifiedAt *time.Time          `json:"verified_at,omitempty"`
	Open       *verification.View  `json:"open,omitempty"`
	Sessions   int                 `json:"sessions" doc:"Where the account is signed in."`
	Caps       []AdminCap          `json:"caps"`
	// Requests wait for a second operator.
	Requests []AdminRequest `json:"requests"`
	// Events are the newest 100 of the account's verifications, newest first.
	Events []AuditLine `json:"events"`
}

// AdminCap says how much of a cap an account has used.
type AdminCap struct {
	Cap   string `json:"cap"`
	Used  int    `json:"used"`
	Most  int    `json:"most" doc:"0 is no cap."`
	Hours int    `json:"hours" doc:"The window in which it counts."`
}

// AdminRequest is what one operator asked for, and another has to agree to.
type AdminRequest struct {
	Kind     string    `json:"kind" enum:"release,erase"`
	Operator string    `json:"operator"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
	Until    time.Time `json:"until"`
}

// AdminAgreement says whether an act that takes two operators was done.
type AdminAgreement struct {
	Done bool `json:"done"`
	// Until is when the request ends where nobody else agrees.
	Until *time.Time `json:"until,omitempty"`
}

// AdminPerson is a row of the registry, masked.
type AdminPerson struct {
	ID              string `json:"id"`
	CertificateType string `json:"certificate_type"`
	Name            string `json:"name"`
	Number          string `json:"number"`
	Mobile          string `json:"mobile,omitempty"`
	Portrait        bool   `json:"portrait"`
}

// AdminReason is why an operator does something; it is required and audited.
type AdminReason struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}

// AdminReset is a code by which a person sets a new password, shown once.
type AdminReset struct {
	Code      string    `json:"code"`
	ExpiresAt time.Time `json:"expires_at"`
}

// AdminRevealed is who somebody is, in full.
type AdminRevealed struct {
	CertificateType string `json:"certificate_type"`
	Name            string `json:"name"`
	Number          string `json:"number"`
	Mobile          string `json:"mobile,omitempty"`
}

// AuditLine is one line of the audit trail.
type AuditLine struct {
	At time.Time `json:"at"`
	// Chain is the id of a verification, or operators; seq counts within it.
	Chain   string `json:"chain"`
	Seq     int64  `json:"seq"`
	Actor   string `json:"actor" enum:"pc,phone,server,operator"`
	Event   string `json:"event"`
	Status  string `json:"status,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Party   string `json:"party,omitempty" doc:"Who was asked or told, or which operator did it."`
	Subject string `json:"subject,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// AuditPage is a page of the trail, newest first.
type AuditPage struct {
	Lines []AuditLine `json:"lines"`
	// Next is behind of the next page; empty on the last one.
	Next string `json:"next,omitempty"`
}

// AuditCheck is a verification of the trail, under way or over.
type AuditCheck struct {
	Running bool       `json:"running"`
	By      string     `json:"by,omitempty"`
	BegunAt *time.Time `json:"begun_at,omitempty"`
	EndedAt *time.Time `json:"ended_at,omitempty"`
	// Done of All chains are read.
	Done    int64  `json:"done"`
	All     int64  `json:"all"`
	Entries int    `json:"entries"`
	Seals   int64  `json:"seals"`
	Head    string `json:"head,omitempty" doc:"MAC of the last seal: note it elsewhere."`
	// Fault names the first row that is not as written.
	Fault  string `json:"fault,omitempty"`
	Failed bool   `json:"failed" doc:"It could not be carried out."`
}

// Health says how the server is.
type Health struct {
	Ready   bool          `json:"ready"`
	Mode    string        `json:"mode"`
	Version string        `json:"version"`
	Now     time.Time     `json:"now"`
	Checks  []HealthCheck `json:"checks"`
}

// HealthCheck is one part of the server.
type HealthCheck struct {
	Name     string `json:"name"`
	Required bool   `json:"required"`
	Error    string `json:"error,omitempty"`
}
