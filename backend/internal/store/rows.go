package store

import "time"

type metaRow struct {
	Name  string `gorm:"primaryKey"`
	Value string
}

func (metaRow) TableName() string { return "meta" }

// indexKeyRow is the one row that names the index key.
type indexKeyRow struct {
	Slot int64 `gorm:"primaryKey;autoIncrement:false"`
	ID   string
}

func (indexKeyRow) TableName() string { return "index_keys" }

type accountRow struct {
	ID           string `gorm:"primaryKey"`
	Username     string
	UsernameKey  string
	PasswordHash string
	MadeAt       int64
	// UnverifiedAt is when it was last signed in to, 0 once it verified.
	UnverifiedAt int64
}

func (accountRow) TableName() string { return "accounts" }

type sessionRow struct {
	TokenHash  string `gorm:"primaryKey"`
	AccountID  string
	MadeAt     int64
	ExpiresAt  int64
	Ended      int64
	Device     string
	Network    string
	NewDevice  int64
	NewNetwork int64
}

func (sessionRow) TableName() string { return "sessions" }

type dataKeyRow struct {
	Subject       string `gorm:"primaryKey"`
	MasterVersion int
	Wrapped       []byte
}

func (dataKeyRow) TableName() string { return "data_keys" }

type caseRow struct {
	ID         string `gorm:"primaryKey"`
	AccountID  string
	Version    int64
	Status     string
	Method     string
	Reason     string
	BegunAt    int64
	EndsAt     int64
	FinishedAt int64
	State      []byte
	Sealed     []byte
	AuditSeq   int64
	AuditMAC   []byte `gorm:"column:audit_mac"`
	// AuditSealed is the AuditSeq that a seal covers.
	AuditSealed int64
	// Numbered is 1 where the case has, or when it verified had, an ID number;
	// the database refuses an open case without.
	Numbered int64
}

func (caseRow) TableName() string { return "cases" }

type caseKeyRow struct {
	Kind      string `gorm:"primaryKey"`
	Hash      string `gorm:"primaryKey"`
	CaseID    string
	ExpiresAt int64
}

func (caseKeyRow) TableName() string { return "case_keys" }

type identityRow struct {
	AccountID  string `gorm:"primaryKey"`
	NumberHash string
	CaseID     string
	Method     string
	BoundAt    int64
	Sealed     []byte
	// IndexKey names the key of NumberHash.
	IndexKey   string
	MobileHash string
}

func (identityRow) TableName() string { return "identities" }

type traceRow struct {
	Bucket  string
	Subject string
	Item    string
	At      int64
}

func (traceRow) TableName() string { return "traces" }

type auditRow struct {
	CaseID string `gorm:"primaryKey"`
	Seq    int64  `gorm:"primaryKey;autoIncrement:false"`
	At     int64
	Actor  string
	Event  string
	Status string
	Reason string
	Party  string
	Detail string
	MAC    []byte `gorm:"column:mac"`
}

func (auditRow) TableName() string { return "audit" }

type sealRow struct {
	Seq      int64 `gorm:"primaryKey;autoIncrement:false"`
	CaseID   string
	AuditSeq int64
	AuditMAC []byte `gorm:"column:audit_mac"`
	MAC      []byte `gorm:"column:mac"`
}

func (sealRow) TableName() string { return "audit_seals" }

type answerRow struct {
	Scope  string `gorm:"primaryKey"`
	Done   int64
	Sealed []byte
	At     int64
}

func (answerRow) TableName() string { return "answers" }

type waitingRow struct {
	Subject string `gorm:"primaryKey"`
	// Actions stand with a blank between them.
	Actions string
	At      int64
}

func (waitingRow) TableName() string { return "waiting_actions" }

type frameRow struct {
	Hash      string `gorm:"primaryKey"`
	AccountID string
	At        int64
}

func (frameRow) TableName() string { return "frames" }

type framePrintRow struct {
	AccountID string
	Subject   string
	Print     []byte
	At        int64
}

func (framePrintRow) TableName() string { return "frame_prints" }

type smsRow struct {
	ID         string `gorm:"primaryKey"`
	MobileHash string
	At         int64
	Sealed     []byte
}

func (smsRow) TableName() string { return "sandbox_sms" }

type personRow struct {
	NumberHash string `gorm:"primaryKey"`
	Place      int64
	Sealed     []byte
	Portrait   []byte
	MobileHash string
}

func (personRow) TableName() string { return "people" }

// micros is how a time is stored; zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment is the time of stored microseconds.
func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
