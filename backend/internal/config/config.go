// Package config reads the backend's settings from the environment and from
// flags of the same names, and refuses what cannot work or must not run. It
// opens nothing: app does that with what this package returns.
package config

import (
	"net/netip"
	"time"

	"realname.example/backend/internal/verify"
	"realname.example/shared/api"
	"realname.example/shared/identity"
)

// Mode says whether anything is real.
type Mode string

// The modes.
const (
	Sandbox    Mode = "sandbox"
	Production Mode = "production"
)

// Names of providers that a setting can choose.
const (
	// ProviderSandbox answers for the fictional people.
	ProviderSandbox = "sandbox"
	// ProviderRegistry answers from the operator's own imported registry.
	ProviderRegistry = "registry"
	// ProviderTencent and ProviderAliyun answer over the internet.
	ProviderTencent = "tencent"
	ProviderAliyun  = "aliyun"
	// ProviderHTTP sends codes by a gateway that a file describes.
	ProviderHTTP = "http"
)

// Cloud is an account at a provider that answers over the internet.
type Cloud struct {
	KeyID     string
	KeySecret identity.PII
	// Region is Tencent Cloud's only.
	Region string
	// Endpoint takes the calls instead of the provider's own addresses; empty
	// for those.
	Endpoint string
	// SMSApp is Tencent Cloud's only.
	SMSApp      string
	SMSSign     string
	SMSTemplate string
}

// Config is everything that a start of the backend depends on.
type Config struct {
	Mode Mode
	// Name is how the server presents itself on a phone.
	Name           string
	Listen         string
	PublicURL      string
	TLSCert        string
	TLSKey         string
	TrustedProxies []netip.Prefix
	// TrustedNetworks are those whose people share their addresses, such as an
	// office's: caps per address are others for them.
	TrustedNetworks []netip.Prefix
	// Data is the folder of the database, keys and certificate.
	Data string
	// DatabaseURL is empty for SQLite in Data.
	DatabaseURL string
	// ListenDatabaseURL leads past a pooler; empty where there is none.
	ListenDatabaseURL string

	Carrier string
	// SMS names one sender, or several with commas between: the next one is
	// asked where the one before is away.
	SMS       string
	Portraits string
	// SMSHTTP is the file that describes the gateway of ProviderHTTP.
	SMSHTTP string
	// Tencent and Aliyun are used where Carrier or SMS says so.
	Tencent Cloud
	Aliyun  Cloud

	// Models is where the face engine looks; empty for its usual places.
	Models string
	// MatchThreshold is the score from which a face is the portrait's; zero for
	// the engine's own.
	MatchThreshold float64
	// PhoneWeb is the folder of the phone app for browsers; empty for its
	// usual places.
	PhoneWeb string
	// Recordings is where the sandbox takes portraits from.
	Recordings string

	// OperatorToken opens /v1/admin; empty for one that is made and kept in
	// Data.
	OperatorToken   string
	SandboxPassword string
	// SandboxPublic lets the sandbox serve a public address.
	SandboxPublic bool
	LogLevel      string

	SessionLife time.Duration
	// SignInsPerAccount and SignInsPerAddress cap wrong passwords within
	// fifteen minutes; zero is off.
	SignInsPerAccount int
	SignInsPerAddress int
	// SignUpsPerAddress caps new accounts a day; zero is off.
	SignUpsPerAddress int
	// Streams caps open event streams, all together and of one caller.
	Streams          int
	StreamsPerCaller int
	// TrustedSignIns, TrustedSignUps and TrustedConnections take the place of
	// the caps per address for addresses of TrustedNetworks.
	TrustedSignIns     int
	TrustedSignUps     int
	TrustedConnections int
	// Connections caps open connections, ConnectionsPerAddress those of one
	// address (of IPv6: one /64); zero is off.
	Connections           int
	ConnectionsPerAddress int
	// AnswerTimeout is how long a reader may keep one write of an answer.
	AnswerTimeout time.Duration
	// UploadMemory caps what all uploads of evidence together hold, in MB.
	UploadMemory int
	// SweepEvery is how often expiry is published.
	SweepEvery time.Duration
	// DrainTimeout is how long a shutdown waits for what runs.
	DrainTimeout time.Duration

	Verify verify.Config
}

// Default returns the settings of a mode before anything is set.
func Default(mode Mode) Config {
	c := Config{
		Mode:   mode,
		Name:   "Realname",
		Listen: "127.0.0.1:8080",
		Data:   "data",

		LogLevel: "info",
		Tencent:  Cloud{Region: "ap-guangzhou"},

		SessionLife:       30 * 24 * time.Hour,
		SignInsPerAccount: 20,
		SignInsPerAddress: 100,
		SignUpsPerAddress: 100,
		Streams:           20000,
		StreamsPerCaller:  16,
		UploadMemory:      128,

		TrustedSignIns:     2000,
		TrustedSignUps:     2000,
		TrustedConnections: 5000,

		Connections:           25_000,
		ConnectionsPerAddress: 256,
		AnswerTimeout:         10 * time.Second,
		SweepEvery:            time.Second,
		DrainTimeout:          20 * time.Second,

		Verify: verify.DefaultConfig(),
	}
	if mode == Sandbox {
		c.sandboxDefaults()
	}
	return c
}

// sandboxDefaults turn off what would stop one person on one machine from
// trying every row of the registry: caps per address, caps on different IDs,
// and the risk rules that count or watch places. The carrier's word that a
// number changed hands still leads to the face scan.
func (c *Config) sandboxDefaults() {
	c.Name = api.SandboxName
	c.Carrier, c.SMS, c.Portraits = ProviderSandbox, ProviderSandbox, ProviderSandbox
	c.SignInsPerAddress, c.SignUpsPerAddress, c.ConnectionsPerAddress = 0, 0, 0
	v := &c.Verify
	v.SMSAddress, v.SMSAccount, v.ClaimsPerHour = 0, 0, 0
	v.IDsPerAccount = 0
	v.FailsPerDay = 0
	v.Risk = verify.RiskConfig{}
}

// IsSandbox reports whether nothing is real.
func (c Config) IsSandbox() bool { return c.Mode == Sandbox }
