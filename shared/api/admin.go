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
	// Joined are further numbers of the person, masked.
	Joined []AdminNumber `json:"joined"`
	// Events are 100 of the account's verifications, newest first.
	Events []AuditLine `json:"events"`
	// Next is behind of the next page of events; empty on the last one.
	Next string `json:"next,omitempty"`
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
	Kind     string    `json:"kind" enum:"release,erase,join"`
	Operator string    `json:"operator"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
	Until    time.Time `json:"until"`
}

// AdminNumber is the number of a document of a certificate type.
type AdminNumber struct {
	CertificateType string `json:"certificate_type"`
	Number          string `json:"number"`
}

// AdminJoin is a further number of the person who verifies an account, and why it is
// known to be theirs.
type AdminJoin struct {
	CertificateType string `json:"certificate_type"`
	Number          string `json:"number" maxLength:"100"`
	Reason          string `json:"reason" maxLength:"1000" pattern:"[^\\s\\v\u0085\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufe00-\ufe0f\ufeff]"`
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
	Reason string `json:"reason" maxLength:"1000" pattern:"[^\\s\\v\u0085\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufe00-\ufe0f\ufeff]"`
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

// AdminNumbers is how verifications went in some hours or days.
type AdminNumbers struct {
	By string `json:"by" enum:"hour,day"`
	// Slots are the beginnings of the hours or days, oldest first, days in the
	// server's time zone.
	Slots []time.Time `json:"slots"`
	Until time.Time   `json:"until" doc:"The end of the last one."`
	// Stages says how many came how far, each once.
	Stages []AdminStage `json:"stages"`
	// Refused says what stopped the others, by reason.
	Refused []AdminRefusals `json:"refused"`
	// Again counts those who were verified within 30 days after a refusal, by its
	// reason: perhaps it was false.
	Again []AdminRefusals `json:"again"`
	// Caps says how near caps were in the last 24 hours, the nearest first.
	Caps []AdminNear `json:"caps"`
	// Providers says how providers answered.
	Providers []AdminAnswers `json:"providers"`
}

// AdminStage is how many came to a stage, in all and in each slot.
type AdminStage struct {
	Stage string  `json:"stage" enum:"begun,code_sent,code_right,face,face_refused,review,verified,rejected,expired,cancelled,verified_after_refusal"`
	Total int64   `json:"total"`
	Slots []int64 `json:"slots"`
}

// AdminRefusals counts refusals for a reason: of a face attempt, or of a verification.
type AdminRefusals struct {
	AdminStage
	Reason verification.Reason `json:"reason"`
}

// AdminNear is how near a cap was.
type AdminNear struct {
	Cap string `json:"cap"`
	// Used of Most is the nearest that anybody came to it.
	Used    int64 `json:"used"`
	Most    int64 `json:"most" doc:"0 where nobody used it."`
	Refused int64 `json:"refused" doc:"Calls that it stopped."`
}

// AdminAnswers is how a provider answered one kind of call.
type AdminAnswers struct {
	Provider string `json:"provider"`
	Kind     string `json:"kind" doc:"carrier, sms, mail, compare for faces, or receipt for what became of a message."`
	Answer   string `json:"answer" doc:"right, refused, away or busy, why the carrier disagreed, or why a message did not arrive."`
	Calls    int64  `json:"calls"`
	// Half and Most are within how many ms half of the calls and 95 % of them were
	// answered.
	Half int64 `json:"half_ms" doc:"0 is longer than 10 s."`
	Most int64 `json:"most_ms" doc:"0 is longer than 10 s."`
}

// AdminService is a service that relies on the server, as an operator sees it. It has
// no secret.
type AdminService struct {
	ID        string     `json:"id" doc:"The client_id."`
	Name      string     `json:"name"`
	Purpose   string     `json:"purpose,omitempty"`
	Auth      string     `json:"auth" enum:"client_secret_basic,private_key_jwt,none" doc:"How it proves itself."`
	Redirects []string   `json:"redirects"`
	Claims    []string   `json:"claims" doc:"What it may ask for beside the status."`
	Webhook   string     `json:"webhook,omitempty"`
	MadeAt    time.Time  `json:"made_at"`
	OffAt     *time.Time `json:"off_at,omitempty" doc:"When it was turned off; missing while it is on."`
}

// AdminServiceDetail is a service with how its events are delivered.
type AdminServiceDetail struct {
	AdminService
	Waiting    int        `json:"waiting" doc:"Events that are still tried."`
	GivenUp    int        `json:"given_up" doc:"Events that were tried for three days in vain."`
	Failures   int        `json:"failures" doc:"How often in a row the webhook did not answer."`
	RestsUntil *time.Time `json:"rests_until,omitempty" doc:"Until when it is left alone."`
	// OldSecretUntil is until when the secret before the present one is still good.
	OldSecretUntil *time.Time `json:"old_secret_until,omitempty"`
	// Events are a page of them, newest first.
	Events []AdminDelivery `json:"events"`
}

// AdminDelivery is an event of a service and what became of it.
type AdminDelivery struct {
	Number  int64     `json:"number"`
	Type    string    `json:"type" enum:"verification.verified,verification.rejected,identity.erased,grant.revoked"`
	At      time.Time `json:"at"`
	State   string    `json:"state" enum:"sent,waiting,given_up,kept" doc:"kept is one that nobody is sent: the service asks for it."`
	Tries   int       `json:"tries" doc:"Those that failed."`
	Failure string    `json:"failure,omitempty" doc:"The last answer that was none."`
}

// AdminNewService describes a service to add.
type AdminNewService struct {
	Name      string   `json:"name" minLength:"1" maxLength:"60" doc:"What people read before they agree."`
	Purpose   string   `json:"purpose,omitempty" maxLength:"200"`
	Redirects []string `json:"redirects" minItems:"1" maxItems:"20"`
	Claims    []string `json:"claims,omitempty" maxItems:"2" doc:"name, number."`
	Webhook   string   `json:"webhook,omitempty" maxLength:"2000"`
	Native    bool     `json:"native,omitempty" doc:"It is an app on people's own devices and has no secret."`
	Keys      string   `json:"keys,omitempty" maxLength:"20000" doc:"JWK set of its public keys: it signs, and has no secret."`
}

// AdminServiceSecrets are shown once.
type AdminServiceSecrets struct {
	AdminService
	ClientSecret  string `json:"client_secret,omitempty"`
	WebhookSecret string `json:"webhook_secret,omitempty"`
	// OldUntil is until when the secrets before these stay good.
	OldUntil *time.Time `json:"old_until,omitempty"`
}

// AdminServiceChange gives a service other addresses, in the place of those that it
// has.
type AdminServiceChange struct {
	Redirects []string `json:"redirects" minItems:"1" maxItems:"20"`
	Webhook   string   `json:"webhook,omitempty" maxLength:"2000" doc:"Missing for none."`
	Reason    string   `json:"reason" maxLength:"1000" pattern:"[^\\s\\v\u0085\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufe00-\ufe0f\ufeff]"`
}

// AdminResent says how many events are sent again.
type AdminResent struct {
	Events int `json:"events"`
}

// AdminIssuer is an issuer of the settings, as an operator sees it.
type AdminIssuer struct {
	ID     string   `json:"id"`
	NameZH string   `json:"name_zh"`
	NameEN string   `json:"name_en"`
	Issuer string   `json:"issuer" doc:"Its address."`
	Use    []string `json:"use" doc:"sign_in, affiliate."`
	Device bool     `json:"device" doc:"It may be linked by a code that another device scans."`
	// State is what this server knows of it without asking anew.
	State string `json:"state" enum:"answers,away,not_asked"`
}

// AdminSettings are the settings in force at the server that answers.
type AdminSettings struct {
	Settings []AdminSetting `json:"settings"`
	// Unknown are variables of the environment that do nothing.
	Unknown []AdminUnknown `json:"unknown"`
}

// AdminSetting is one setting. A secret is never shown.
type AdminSetting struct {
	Name     string `json:"name" doc:"The flag, and the key in a settings file."`
	Variable string `json:"variable"`
	Help     string `json:"help"`
	Value    string `json:"value,omitempty" doc:"Missing of a secret."`
	Secret   bool   `json:"secret"`
	Set      bool   `json:"set" doc:"False where it is empty or 0."`
	From     string `json:"from" enum:"flag,environment,secret_file,settings_file,default"`
}

// AdminUnknown is a variable that no setting has.
type AdminUnknown struct {
	Variable string `json:"variable"`
	// Gone says what took its place, where there was such a setting once.
	Gone string `json:"gone,omitempty"`
}

// AdminWork is long work of an operator and how far it is.
type AdminWork struct {
	ID       string     `json:"id"`
	Kind     string     `json:"kind" enum:"import,export,rotate"`
	Operator string     `json:"operator"`
	State    string     `json:"state" enum:"runs,done,failed,lost" doc:"lost is one whose process was killed."`
	Done     int64      `json:"done" doc:"Rows."`
	Total    int64      `json:"total" doc:"0 where it is not known yet."`
	BegunAt  time.Time  `json:"begun_at"`
	SeenAt   time.Time  `json:"seen_at"`
	EndedAt  *time.Time `json:"ended_at,omitempty"`
}

// MaxImport is how many bytes a file of people may have that is sent to a server: the
// proxies of docs/operate.md let 16 MB through, of which a form has some around the file.
const MaxImport = 15 << 20

// AdminImport says what became of a file of people.
type AdminImport struct {
	Imported    bool         `json:"imported" doc:"false where it was only looked at, has faults, or would remove others than were confirmed: nothing was changed."`
	People      int64        `json:"people" doc:"Who were imported, or can be."`
	Removed     int64        `json:"removed" doc:"Who were removed since the file does not have them."`
	WouldRemove int64        `json:"would_remove" doc:"Who are not in the file, where confirm is another number; call again with this one."`
	Encoding    string       `json:"encoding" doc:"What the file was read as: UTF-8, UTF-16LE, UTF-16BE, GB18030 or xlsx."`
	Unread      []string     `json:"unread" doc:"Columns that were not read."`
	NoMobiles   bool         `json:"no_mobiles" doc:"The file has no column of mobile numbers; those in the registry stay."`
	Empty       int64        `json:"empty" doc:"Rows without any text, which are skipped."`
	Faults      int64        `json:"faults"`
	Kinds       []AdminFault `json:"kinds" doc:"The kinds of fault, the commonest first, 50 at most."`
	Rarer       int64        `json:"rarer" doc:"Kinds that are not listed."`
}

// AdminFault is a kind of fault of a file of people.
type AdminFault struct {
	Column string `json:"column"`
	Fault  string `json:"fault" doc:"A sentence."`
	Count  int64  `json:"count"`
	Lines  []int  `json:"lines" doc:"The first 20; line 1 is the header."`
}
