package config

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"realname.example/shared/handoff"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// setting is one entry of the table of settings.
type setting struct {
	// name in lower case with underscores: REALNAME_SMS_INTERVAL and
	// --sms-interval are both sms_interval.
	name string
	doc  string
	set  func(string) error
	// secret settings are not taken as flags, which everyone on the machine
	// can read.
	secret bool
}

func (s setting) env() string  { return "REALNAME_" + strings.ToUpper(s.name) }
func (s setting) flag() string { return "--" + strings.ReplaceAll(s.name, "_", "-") }

// settings is the table of everything that can be set.
func settings(c *Config) []setting {
	v := &c.Verify
	return []setting{
		{name: "mode", doc: "sandbox or production", set: mode(&c.Mode)},
		{name: "name", doc: "name of the server, shown on phones", set: text(&c.Name)},
		{name: "listen", doc: "address and port; loopback speaks plain HTTP, any other TLS", set: text(&c.Listen)},
		{name: "public_url", doc: "address that phones reach, where it is not the listener's", set: text(&c.PublicURL)},
		{name: "tls_cert", doc: "certificate file (PEM); without it a self-signed one is made", set: text(&c.TLSCert)},
		{name: "tls_key", doc: "key file of tls_cert (PEM)", set: text(&c.TLSKey)},
		{name: "trusted_proxies", doc: "addresses or networks whose X-Forwarded-For is believed", set: prefixes(&c.TrustedProxies)},
		{name: "trusted_networks", doc: "networks whose people share their addresses, such as an office's; they have the trusted_… caps", set: prefixes(&c.TrustedNetworks)},
		{name: "data", doc: "folder of the database, keys and certificate", set: text(&c.Data)},
		{name: "database_url", doc: "postgres://…; empty for SQLite in the data folder", set: text(&c.DatabaseURL)},
		{name: "listen_database_url", doc: "the same database past a pooler such as PgBouncer, for LISTEN and migrations", set: text(&c.ListenDatabaseURL)},
		{name: "carrier", doc: "who checks mobile numbers: sandbox, registry, tencent, aliyun", set: text(&c.Carrier)},
		{name: "sms", doc: "who sends codes: sandbox, tencent, aliyun, http; with commas the next is asked where one is away", set: text(&c.SMS)},
		{name: "sms_http", doc: "file that describes the gateway of sms=http", set: text(&c.SMSHTTP)},
		{name: "portraits", doc: "where portraits come from: sandbox, registry", set: text(&c.Portraits)},
		{name: "tencent_key_id", doc: "SecretId at Tencent Cloud", set: text(&c.Tencent.KeyID), secret: true},
		{name: "tencent_key_secret", doc: "SecretKey at Tencent Cloud", set: secret(&c.Tencent.KeySecret), secret: true},
		{name: "tencent_region", doc: "where Tencent Cloud sends SMS from", set: text(&c.Tencent.Region)},
		{name: "tencent_endpoint", doc: "https address that takes the calls instead of Tencent Cloud's own", set: server(&c.Tencent.Endpoint)},
		{name: "tencent_sms_app", doc: "SmsSdkAppId", set: text(&c.Tencent.SMSApp)},
		{name: "tencent_sms_sign", doc: "SignName", set: text(&c.Tencent.SMSSign)},
		{name: "tencent_sms_template", doc: "TemplateId, with one parameter: the code", set: text(&c.Tencent.SMSTemplate)},
		{name: "aliyun_key_id", doc: "AccessKey id at Alibaba Cloud", set: text(&c.Aliyun.KeyID), secret: true},
		{name: "aliyun_key_secret", doc: "AccessKey secret at Alibaba Cloud", set: secret(&c.Aliyun.KeySecret), secret: true},
		{name: "aliyun_endpoint", doc: "https address that takes the calls instead of Alibaba Cloud's own", set: server(&c.Aliyun.Endpoint)},
		{name: "aliyun_sms_sign", doc: "SignName", set: text(&c.Aliyun.SMSSign)},
		{name: "aliyun_sms_template", doc: "TemplateCode, with one parameter: code", set: text(&c.Aliyun.SMSTemplate)},
		{name: "models", doc: "folder of the face engine's models", set: text(&c.Models)},
		{name: "match_threshold", doc: "score from which a face is the portrait's, 0.45 to 0.80; docs/face.md has the error rates", set: match(&c.MatchThreshold)},
		{name: "phone_web", doc: "folder of the phone app for browsers", set: text(&c.PhoneWeb)},
		{name: "recordings", doc: "folder of the recordings that sandbox portraits are taken from; empty to look beside the models", set: text(&c.Recordings)},
		{name: "operator_token", doc: "token of /v1/admin; empty for one kept in the data folder", set: text(&c.OperatorToken), secret: true},
		{name: "sandbox_password", doc: "password of the sandbox accounts; empty for one kept in the data folder", set: text(&c.SandboxPassword)},
		{name: "sandbox_public", doc: "1 lets the sandbox serve a public address", set: boolean(&c.SandboxPublic)},
		{name: "log_level", doc: "debug, info, warn or error", set: text(&c.LogLevel)},
		{name: "session_life", doc: "life of a session", set: duration(&c.SessionLife)},
		{name: "sign_ins_per_account", doc: "wrong passwords per account and address in 15 minutes, 0 for no cap", set: count(&c.SignInsPerAccount)},
		{name: "sign_ins_per_address", doc: "wrong passwords per address in 15 minutes, 0 for no cap", set: count(&c.SignInsPerAddress)},
		{name: "sign_ups_per_address", doc: "new accounts per address and day, 0 for no cap", set: count(&c.SignUpsPerAddress)},
		{name: "trusted_sign_ins", doc: "sign_ins_per_address of trusted networks", set: count(&c.TrustedSignIns)},
		{name: "trusted_sign_ups", doc: "sign_ups_per_address of trusted networks", set: count(&c.TrustedSignUps)},
		{name: "trusted_connections", doc: "connections_per_address of trusted networks", set: count(&c.TrustedConnections)},
		{name: "streams", doc: "open event streams", set: count(&c.Streams)},
		{name: "streams_per_caller", doc: "open event streams of one caller", set: count(&c.StreamsPerCaller)},
		{name: "connections", doc: "open connections, 0 for no cap", set: count(&c.Connections)},
		{name: "connections_per_address", doc: "open connections of one address, proxies apart, 0 for no cap", set: count(&c.ConnectionsPerAddress)},
		{name: "answer_timeout", doc: "how long a reader may keep one write of an answer", set: duration(&c.AnswerTimeout)},
		{name: "upload_memory", doc: "MB that all uploads of evidence together may hold; at least 16", set: count(&c.UploadMemory)},
		{name: "sweep_every", doc: "how often expiry is published", set: duration(&c.SweepEvery)},
		{name: "drain_timeout", doc: "how long a shutdown waits", set: duration(&c.DrainTimeout)},

		{name: "case_life", doc: "case without activity", set: duration(&v.CaseLife)},
		{name: "code_life", doc: "SMS code", set: duration(&v.CodeLife)},
		{name: "proven_life", doc: "how long a right code retries the carrier", set: duration(&v.ProvenLife)},
		{name: "ticket_life", doc: "ticket in the QR code", set: duration(&v.TicketLife)},
		{name: "ticket_grace", doc: "how much longer the ticket before stays good", set: duration(&v.TicketGrace)},
		{name: "typed_life", doc: "typed code", set: duration(&v.TypedLife)},
		{name: "confirming_life", doc: "status confirming", set: duration(&v.ConfirmingLife)},
		{name: "capturing_life", doc: "status capturing", set: duration(&v.CapturingLife)},
		{name: "review_life", doc: "status in_review", set: duration(&v.ReviewLife)},
		{name: "retention", doc: "personal data of cases that verified nobody", set: duration(&v.Retention)},
		{name: "carrier_timeout", doc: "one try of the carrier", set: duration(&v.CarrierTimeout)},
		{name: "sms_timeout", doc: "sending one code", set: duration(&v.SMSTimeout)},
		{name: "judge_timeout", doc: "one judgement of a face", set: duration(&v.JudgeTimeout)},
		{name: "code_guesses", doc: "wrong codes per SMS code", set: count(&v.CodeGuesses)},
		{name: "face_attempts", doc: "face attempts per case, and a day per account, ID and phone", set: count(&v.FaceAttempts)},
		{name: "sms_interval", doc: "time between two codes to one number, 0 for no cap", set: interval(&v.SMSInterval)},
		{name: "sms_hourly", doc: "codes per number and hour, 0 for no cap", set: count(&v.SMSHourly)},
		{name: "sms_daily", doc: "codes per number and day, 0 for no cap", set: count(&v.SMSDaily)},
		{name: "sms_account", doc: "codes per account and day, 0 for no cap", set: count(&v.SMSAccount)},
		{name: "sms_address", doc: "codes per address and day, 0 for no cap", set: count(&v.SMSAddress)},
		{name: "trusted_sms", doc: "sms_address of trusted networks", set: count(&v.TrustedSMS)},
		{name: "trusted_claims", doc: "claims_per_hour of trusted networks", set: count(&v.TrustedClaims)},
		{name: "sms_all", doc: "codes a day to all numbers, 0 for no cap", set: count(&v.SMSAll)},
		{name: "ids_per_account", doc: "different IDs per account in 30 days, 0 for no cap", set: count(&v.IDsPerAccount)},
		{name: "fails_per_day", doc: "refused cases a day per account and per ID, 0 for no cap", set: count(&v.FailsPerDay)},
		{name: "claims_per_hour", doc: "typed codes tried per address and hour, 0 for no cap", set: count(&v.ClaimsPerHour)},
		{name: "handoffs_per_hour", doc: "tickets of one case an hour, 0 for no cap", set: count(&v.HandoffsPerHour)},
		{name: "risk_accounts_per_id", doc: "accounts that tried an ID in 30 days before a face scan, 0 for off", set: count(&v.Risk.AccountsPerID)},
		{name: "risk_ids_per_phone", doc: "IDs that a phone served in 30 days before a face scan, 0 for off", set: count(&v.Risk.IDsPerPhone)},
		{name: "risk_failures", doc: "refused cases a day before a face scan, 0 for off", set: count(&v.Risk.Failures)},
		{name: "risk_new_place", doc: "1 demands a face scan from a new device on a new network", set: boolean(&v.Risk.NewPlace)},
		{name: "face_actions", doc: "actions that a challenge is drawn from, by comma", set: actions(&v.FaceActions)},
		{name: "face_action_count", doc: "actions that a challenge asks for", set: count(&v.FaceActionCount)},
	}
}

// Load returns the settings of the environment, overridden by args (flags of
// the same names: --listen 127.0.0.1:9000 or --listen=127.0.0.1:9000).
// getenv is os.Getenv outside tests. The error is a whole sentence.
func Load(args []string, getenv func(string) string) (Config, error) {
	given, err := parseFlags(args)
	if err != nil {
		return Config{}, err
	}
	value := func(s setting) (string, string) {
		if v, ok := given[s.name]; ok {
			return v, s.flag()
		}
		return getenv(s.env()), s.env()
	}
	c := Default(Sandbox)
	m, from := value(settings(&c)[0])
	if m != "" {
		if err := mode(&c.Mode)(m); err != nil {
			return Config{}, fmt.Errorf("%s: %w", from, err)
		}
	}
	c = Default(c.Mode)
	for _, s := range settings(&c) {
		v, from := value(s)
		if v == "" {
			continue
		}
		if err := s.set(v); err != nil {
			return Config{}, fmt.Errorf("%s: %w", from, err)
		}
	}
	return c, nil
}

// parseFlags returns the values by setting name.
func parseFlags(args []string) (map[string]string, error) {
	known := settings(&Config{})
	given := map[string]string{}
	for i := 0; i < len(args); i++ {
		if !strings.HasPrefix(args[i], "-") {
			return nil, fmt.Errorf("%q is not a flag; `backend help` lists them", args[i])
		}
		flag, value, hasValue := strings.Cut(args[i], "=")
		flag = "--" + strings.ReplaceAll(strings.TrimLeft(flag, "-"), "_", "-")
		at := slices.IndexFunc(known, func(s setting) bool { return s.flag() == flag })
		if at < 0 {
			return nil, fmt.Errorf("%s is not a flag; `backend help` lists them", flag)
		}
		if known[at].secret {
			return nil, fmt.Errorf("%s would show a secret to everyone on this machine; set %s instead", flag, known[at].env())
		}
		if !hasValue {
			if i++; i == len(args) {
				return nil, fmt.Errorf("%s needs a value", flag)
			}
			value = args[i]
		}
		given[known[at].name] = value
	}
	return given, nil
}

// Help returns the list of settings for `backend help`.
func Help() string {
	var b strings.Builder
	for _, s := range settings(&Config{}) {
		flag := s.flag()
		if s.secret {
			flag = ""
		}
		fmt.Fprintf(&b, "  %-32s %-26s %s\n", s.env(), flag, s.doc)
	}
	return b.String()
}

func text(to *string) func(string) error {
	return func(s string) error { *to = s; return nil }
}

func secret(to *identity.PII) func(string) error {
	return func(s string) error { *to = identity.NewPII(s); return nil }
}

// lowestMatch and highestMatch bound the threshold of the match: below, strangers
// pass as one another; above, people are refused their own faces (docs/face.md).
const (
	lowestMatch  = 0.45
	highestMatch = 0.80
)

func match(to *float64) func(string) error {
	return func(s string) (err error) {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || !(v >= lowestMatch && v <= highestMatch) {
			return fmt.Errorf("%q is no threshold of the match; write a number from %.2f to %.2f, such as 0.55", s, lowestMatch, highestMatch)
		}
		*to = v
		return nil
	}
}

func server(to *string) func(string) error {
	return func(s string) (err error) {
		if *to, err = handoff.ParseServer(s); err != nil {
			return fmt.Errorf("%q is no address; write it as https://host or https://host:8443, without a path", s)
		}
		return nil
	}
}

func mode(to *Mode) func(string) error {
	return func(s string) error {
		switch m := Mode(s); m {
		case Sandbox, Production:
			*to = m
			return nil
		}
		return fmt.Errorf("%q is no mode; use sandbox or production", s)
	}
}

func duration(to *time.Duration) func(string) error {
	return func(s string) error {
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is no length of time; write it as 90s, 5m or 24h", s)
		}
		*to = d
		return nil
	}
}

// interval is a duration that may be turned off.
func interval(to *time.Duration) func(string) error {
	return func(s string) error {
		if d, err := time.ParseDuration(s); err == nil && d == 0 {
			*to = 0
			return nil
		}
		return duration(to)(s)
	}
}

func count(to *int) func(string) error {
	return func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return fmt.Errorf("%q is no count; write 0 or a whole number above it", s)
		}
		*to = n
		return nil
	}
}

func boolean(to *bool) func(string) error {
	return func(s string) error {
		b, err := strconv.ParseBool(s)
		if err != nil {
			return fmt.Errorf("%q is neither 1 nor 0", s)
		}
		*to = b
		return nil
	}
}

func prefixes(to *[]netip.Prefix) func(string) error {
	return func(s string) error {
		*to = nil
		for _, part := range strings.Split(s, ",") {
			part = strings.TrimSpace(part)
			if address, err := netip.ParseAddr(part); err == nil {
				*to = append(*to, netip.PrefixFrom(address, address.BitLen()))
				continue
			}
			prefix, err := netip.ParsePrefix(part)
			if err != nil {
				return fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", part)
			}
			*to = append(*to, prefix)
		}
		return nil
	}
}

func actions(to *[]verification.Action) func(string) error {
	return func(s string) error {
		*to = nil
		for _, part := range strings.Split(s, ",") {
			a := verification.Action(strings.TrimSpace(part))
			if !slices.Contains(verification.Actions(), a) {
				return fmt.Errorf("%q is no action; the actions are %v", a, verification.Actions())
			}
			if slices.Contains(*to, a) {
				return fmt.Errorf("action %s is listed twice", a)
			}
			*to = append(*to, a)
		}
		return nil
	}
}

// FromEnvironment is Load with the process's environment.
func FromEnvironment(args []string) (Config, error) { return Load(args, os.Getenv) }
