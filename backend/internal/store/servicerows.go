package store

type serviceRow struct {
	ID     string `gorm:"primaryKey"`
	Realm  string
	Name   string
	State  []byte
	Sealed []byte
	Events int64
	Queued int64
	// LeasedUntil, RestsUntil and Failures are about sending events.
	LeasedUntil int64
	RestsUntil  int64
	Failures    int64
	OffAt       int64
}

func (serviceRow) TableName() string { return "services" }

type grantRow struct {
	ServiceID string `gorm:"primaryKey"`
	AccountID string `gorm:"primaryKey"`
	Subject   string
	State     []byte
}

func (grantRow) TableName() string { return "service_grants" }

type requestRow struct {
	Hash      string `gorm:"primaryKey"`
	ServiceID string
	Sealed    []byte
	ExpiresAt int64
}

func (requestRow) TableName() string { return "service_requests" }

type tokenRow struct {
	Hash      string `gorm:"primaryKey"`
	Kind      string
	ServiceID string
	AccountID string
	Family    string
	Sealed    []byte
	Used      int64
	ExpiresAt int64
}

func (tokenRow) TableName() string { return "service_tokens" }

type deviceRow struct {
	Hash      string `gorm:"primaryKey"`
	UserHash  string
	ServiceID string
	AccountID string
	Status    string
	Sealed    []byte
	PolledAt  int64
	Wait      int64
	ExpiresAt int64
}

func (deviceRow) TableName() string { return "service_devices" }

type assertionRow struct {
	Hash      string `gorm:"primaryKey"`
	ExpiresAt int64
}

func (assertionRow) TableName() string { return "service_assertions" }

type eventRow struct {
	ServiceID string `gorm:"primaryKey"`
	Number    int64  `gorm:"primaryKey;autoIncrement:false"`
	ID        string
	Subject   string
	Type      string
	At        int64
	Waits     int64
	Dead      int64
	Tries     int64
	NextAt    int64
	Failure   string
	Since     int64
}

func (eventRow) TableName() string { return "service_events" }

type signingKeyRow struct {
	ID        string `gorm:"primaryKey"`
	Realm     string
	Sealed    []byte
	SignsFrom int64
	EndsAt    int64
}

func (signingKeyRow) TableName() string { return "signing_keys" }
