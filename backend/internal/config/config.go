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

// Ways to sign in.
const (
	SignInPassword = "password"
	SignInIssuers  = "issuers"
	SignInBoth     = "both"
)

// Cloud is an account at a provider that answers over the internet.
type Cloud struct {
	KeyID     string       `help:"key id of the account" secret:""`
	KeySecret identity.PII `help:"key secret of the account" secret:""`
	// Endpoint takes the calls instead of the provider's own addresses; empty
	// for those.
	Endpoint    string `help:"https address that takes the calls instead of the provider's own" type:"server"`
	SMSSign     string `help:"signature of its SMS, the SignName"`
	SMSTemplate string `help:"its SMS template, with the code as the one parameter"`
	// SMSResetTemplate says that the code sets a new password; empty for SMSTemplate.
	SMSResetTemplate string `help:"its SMS template for a new password, with the code as the one parameter"`
}

// Config is everything that a start of the backend depends on. Each field is a
// setting: the variable REALNAME_SMS_INTERVAL, the flag --sms-interval and the
// key sms-interval of a settings file are the field SMSInterval. A secret is
// taken from the environment or a file alone.
type Config struct {
	Storage `embed:""`
	Server  `embed:""`
	// Origins is where the settings came from, for an operator to see.
	Origins Origins `kong:"-"`
}

// Storage has the settings that say which database is meant; every command
// has them.
type Storage struct {
	Mode Mode `help:"sandbox or production" type:"mode"`
	// Data is the folder of the database, keys and certificate.
	Data string `help:"folder of the database, keys and certificate"`
	// DatabaseURL is empty for SQLite in Data.
	DatabaseURL string `help:"postgres://…; empty for SQLite in the data folder" fromfile:""`
	// ListenDatabaseURL leads past a pooler; empty where there is none.
	ListenDatabaseURL string `help:"the same database past a pooler such as PgBouncer, for LISTEN and migrations" fromfile:""`
	// Keys is a key document; empty for the file in Data.
	Keys identity.PII `help:"key document in place of the file in the data folder" secret:""`
}

// Server has the settings of what is served.
type Server struct {
	// Name is how the server presents itself on a phone.
	Name   string `help:"name of the server, shown on phones"`
	Listen string `help:"address and port; loopback speaks plain HTTP, any other TLS"`
	// ListenPlain speaks HTTP on any address: in a pod, or on the private network
	// of a proxy that speaks TLS.
	ListenPlain    bool           `help:"1 speaks HTTP without TLS on any address: for a proxy's private network; needs public-url"`
	PublicURL      string         `help:"address that phones reach, where it is not the listener's" type:"server"`
	TLSCert        string         `help:"certificate file (PEM); without it a self-signed one is made"`
	TLSKey         string         `help:"key file of tls-cert (PEM)"`
	TrustedProxies []netip.Prefix `help:"addresses or networks whose X-Forwarded-For is believed" type:"networks"`
	// TrustedNetworks are those whose people share their addresses, such as an
	// office's: caps per address are others for them.
	TrustedNetworks []netip.Prefix `help:"networks whose people share their addresses, such as an office's; they have the trusted-… caps" type:"networks"`
	Carrier         string         `help:"who checks mobile numbers: sandbox, registry, tencent, aliyun"`
	// SMS names one sender, or several with commas between: the next one is
	// asked where the one before is away.
	SMS       string `help:"who sends codes: sandbox, tencent, aliyun, http; with commas the next is asked where one is away"`
	Portraits string `help:"who has portraits: sandbox, registry, or tencent or aliyun, which compare faces themselves"`
	// TrustFramework is what services read in verified_claims.
	TrustFramework string `help:"trust framework that services read in verified_claims"`
	// SMSHTTP is the file that describes the gateway of ProviderHTTP.
	SMSHTTP string `name:"sms-http" help:"file that describes the gateway of sms=http"`
	// Tencent and Aliyun are used where Carrier, SMS or Portraits says so.
	Tencent         Cloud  `embed:"" prefix:"tencent-"`
	TencentRegion   string `help:"where Tencent Cloud sends SMS from"`
	TencentSMSApp   string `help:"SmsSdkAppId at Tencent Cloud"`
	Aliyun          Cloud  `embed:"" prefix:"aliyun-"`
	AliyunFaceScene string `help:"SceneId of Alibaba Cloud under which faces are compared"`

	// SMTP sends codes for a new password; without an address there are none by e-mail.
	SMTP SMTP `embed:"" prefix:"smtp-"`

	Issuers string `help:"file of the OpenID providers that are asked (docs/connect.md)"`
	SignIn  string `help:"how people sign in: password, issuers (those with sign_in in their use) or both"`

	// Models is where the face engine looks; empty for its usual places.
	Models string `help:"folder of the face engine's models"`
	// MatchThreshold is the score from which a face is the portrait's; zero for
	// the engine's own.
	MatchThreshold float64 `help:"score from which a face is the portrait's, 0.45 to 0.80, less for small portraits compressed hard; docs/face.md has the error rates" type:"match"`
	// PhoneWeb is the folder of the phone app for browsers; empty for its
	// usual places.
	PhoneWeb string `help:"folder of the phone app for browsers"`
	// Recordings is where the sandbox takes portraits from.
	Recordings string `help:"folder of the recordings that sandbox portraits are taken from; empty to look beside the models"`

	// MetricsListen is where /metrics is served to whoever reaches it; empty for
	// the usual listener, which gives it to this machine and to who has
	// MetricsToken.
	MetricsListen string       `help:"address and port of a listener for /metrics alone, which asks for no token"`
	MetricsToken  identity.PII `help:"token that opens /metrics from other machines; empty to keep it to this one" secret:""`
	// TracesEndpoint is the collector of traces; empty for none.
	TracesEndpoint  string       `help:"address of an OpenTelemetry collector that takes traces by OTLP over HTTP, such as http://127.0.0.1:4318; empty for none" type:"server"`
	TracesToken     identity.PII `help:"bearer token for it" secret:""`
	TracesShare     float64      `help:"share of the requests that is traced, 0 to 1" type:"share"`
	SandboxPassword string       `help:"password of the sandbox accounts; empty for one kept in the data folder" fromfile:""`
	// SandboxPublic lets the sandbox serve a public address.
	SandboxPublic bool   `help:"1 lets the sandbox serve a public address"`
	LogLevel      string `help:"debug, info, warn or error"`

	SessionLife time.Duration `help:"life of a session"`
	// SignInsPerAccount and SignInsPerAddress cap wrong passwords within
	// fifteen minutes; zero is off.
	SignInsPerAccount int `help:"wrong passwords per account and address in 15 minutes, 0 for no cap"`
	SignInsPerAddress int `help:"wrong passwords per address in 15 minutes, 0 for no cap"`
	// SignUpsPerAddress caps new accounts a day; zero is off.
	SignUpsPerAddress int `help:"new accounts per address and day, 0 for no cap"`
	// TrustedSignIns, TrustedSignUps and TrustedConnections take the place of
	// the caps per address for addresses of TrustedNetworks.
	TrustedSignIns     int `help:"sign-ins-per-address of trusted networks"`
	TrustedSignUps     int `help:"sign-ups-per-address of trusted networks"`
	TrustedConnections int `help:"connections-per-address of trusted networks"`
	// Streams caps open event streams, all together and of one caller.
	Streams          int `help:"open event streams"`
	StreamsPerCaller int `help:"open event streams of one caller"`
	// Connections caps open connections, ConnectionsPerAddress those of one
	// address (of IPv6: one /64); zero is off.
	Connections           int `help:"open connections, 0 for no cap"`
	ConnectionsPerAddress int `help:"open connections of one address, proxies apart, 0 for no cap"`
	// AnswerTimeout is how long a reader may keep one write of an answer.
	AnswerTimeout time.Duration `help:"how long a reader may keep one write of an answer"`
	// DatabaseTimeout is how long a call that asks the database alone may take; zero
	// is off.
	DatabaseTimeout time.Duration `help:"how long a call that asks the database alone may take before it is told to come again, 0 for no limit" type:"interval"`
	// UploadMemory caps what all uploads of evidence together hold, in MB.
	UploadMemory int `help:"MB that all uploads of evidence together may hold; at least 16"`
	// SweepEvery is how often expiry is published.
	SweepEvery time.Duration `help:"how often expiry is published"`
	// LeaveNotice is how long /readyz says no before the listener closes, so that
	// a balancer sends nothing more.
	LeaveNotice time.Duration `help:"how long /readyz says no before the listener closes, 0 for at once" type:"interval"`
	// DrainTimeout is how long a shutdown waits for what runs.
	DrainTimeout time.Duration `help:"how long a shutdown waits"`

	Verify verify.Config `embed:""`
}

// SMTP is the operator's mail server.
type SMTP struct {
	Address  string       `help:"host and port of the mail server that sends codes for a new password, such as smtp.example.org:587; empty for none"`
	From     string       `help:"who such an e-mail is from: an address, or a name and <an address>"`
	Username string       `help:"user name at the mail server; empty where it asks for none"`
	Password identity.PII `help:"password at the mail server" secret:""`
	Security string       `help:"starttls, tls, or none for a mail server on this machine"`
}

// Mails reports whether codes for a new password go out by e-mail too.
func (c Config) Mails() bool { return c.SMTP.Address != "" }

// Default returns the settings of a mode before anything is set.
func Default(mode Mode) Config {
	c := Config{Storage: Storage{Mode: mode, Data: "data"}, Server: Server{
		Name:   "Realname",
		Listen: "127.0.0.1:8080",

		LogLevel:      "info",
		SignIn:        SignInPassword,
		SMTP:          SMTP{Security: "starttls"},
		TracesShare:   0.1,
		TencentRegion: "ap-guangzhou",

		TrustFramework: "cn_real_name",

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
		DatabaseTimeout:       4500 * time.Millisecond,
		SweepEvery:            time.Second,
		DrainTimeout:          20 * time.Second,

		Verify: verify.DefaultConfig(),
	}}
	if mode == Sandbox {
		c.sandboxDefaults()
	} else {
		c.LeaveNotice = 2 * time.Second
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

// Passwords reports whether people sign in by user name and password.
func (c Config) Passwords() bool { return c.SignIn != SignInIssuers }

// IssuerSignIn reports whether people sign in at issuers.
func (c Config) IssuerSignIn() bool { return c.SignIn != SignInPassword }
