package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/config"
	"realname.example/shared/verification"
)

func env(pairs ...string) func(string) string {
	values := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return values[name] }
}

func TestNothingSetIsASandboxThatStarts(t *testing.T) {
	c, err := config.Load(nil, env())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(); err != nil {
		t.Errorf("refused: %v", err)
	}
	if !c.IsSandbox() || c.Listen != "127.0.0.1:8080" || !c.Plain() || c.Verify.IDsPerAccount != 0 || c.Verify.SMSAddress != 0 {
		t.Errorf("got %+v", c)
	}
	if c.Verify.SMSInterval != time.Minute || c.Verify.SMSHourly != 5 {
		t.Error("the sandbox changed the caps on a number")
	}
}

func TestFlagsOverrideTheEnvironment(t *testing.T) {
	c, err := config.Load(
		[]string{"--listen", "127.0.0.1:9000", "--sms-interval=5s", "--face-actions", "turn_left, nod,open_mouth"},
		env("REALNAME_LISTEN", "127.0.0.1:1", "REALNAME_SMS_HOURLY", "7", "REALNAME_TRUSTED_PROXIES", "10.0.0.0/8,192.0.2.1"),
	)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:9000" || c.Verify.SMSInterval != 5*time.Second || c.Verify.SMSHourly != 7 {
		t.Errorf("got %+v", c)
	}
	if len(c.TrustedProxies) != 2 || c.TrustedProxies[1].Bits() != 32 {
		t.Errorf("proxies %v", c.TrustedProxies)
	}
	if len(c.Verify.FaceActions) != 3 || c.Verify.FaceActions[1] != verification.Nod {
		t.Errorf("actions %v", c.Verify.FaceActions)
	}
}

func TestSMSIntervalCanBeTurnedOffInTheSandbox(t *testing.T) {
	for _, off := range []string{"0", "0s"} {
		c, err := config.Load(nil, env("REALNAME_SMS_INTERVAL", off))
		if err != nil || c.Verify.SMSInterval != 0 || c.Check() != nil {
			t.Errorf("%s: %v, %v", off, c.Verify.SMSInterval, err)
		}
	}
}

func TestEachWrongValueHasItsSentence(t *testing.T) {
	for _, test := range []struct {
		args []string
		env  []string
		says string
	}{
		{[]string{"serve"}, nil, "unexpected argument serve"},
		{[]string{"--colour", "red"}, nil, "unknown flag --colour"},
		{[]string{"--listen"}, nil, "--listen: a value is missing"},
		{[]string{"--metrics-token", "x"}, nil, "set REALNAME_METRICS_TOKEN or "},
		{[]string{"--tencent-key-secret", "x"}, nil, "set REALNAME_TENCENT_KEY_SECRET or "},
		{[]string{"--aliyun-key-id=x"}, nil, "set REALNAME_ALIYUN_KEY_ID or "},
		{nil, []string{"REALNAME_MODE", "prod"}, "REALNAME_MODE"},
		{nil, []string{"REALNAME_SMS_INTERVAL", "60"}, "write it as 90s"},
		{[]string{"--sms-interval", "x"}, nil, "write it as 90s"},
		{nil, []string{"REALNAME_SMS_INTERVAL", "-1s"}, "REALNAME_SMS_INTERVAL"},
		{nil, []string{"REALNAME_SMS_HOURLY", "many"}, "write 0 or a whole number"},
		{nil, []string{"REALNAME_SANDBOX_PUBLIC", "maybe"}, "must be true, 1, yes"},
		{nil, []string{"REALNAME_TRUSTED_PROXIES", "10.0.0.0/8;x"}, "neither an address nor a network"},
		{nil, []string{"REALNAME_FACE_ACTIONS", "turn_left,smile"}, "the actions are"},
		{nil, []string{"REALNAME_FACE_ACTIONS", "nod,nod"}, "listed twice"},
		{nil, []string{"REALNAME_PUBLIC_URL", "http://example.org"}, "REALNAME_PUBLIC_URL"},
		{nil, []string{"REALNAME_PUBLIC_URL", "https://example.org/path"}, "without a path"},
		{nil, []string{"REALNAME_LIGHT", "maybe"}, "off, observe or enforce"},
	} {
		if _, err := config.Load(test.args, env(test.env...)); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v %v: %v, want %q", test.args, test.env, err, test.says)
		}
	}
}

func TestWhatCannotWorkIsRefused(t *testing.T) {
	for _, test := range []struct{ name, value, says string }{
		{"REALNAME_LISTEN", "8080", "REALNAME_LISTEN"},
		{"REALNAME_LISTEN", "203.0.113.9:443", "REALNAME_SANDBOX_PUBLIC=1"},
		{"REALNAME_TLS_CERT", "cert.pem", "REALNAME_TLS_KEY"},
		{"REALNAME_DATABASE_URL", "mysql://x", "REALNAME_DATABASE_URL"},
		{"REALNAME_LOG_LEVEL", "loud", "REALNAME_LOG_LEVEL"},
		{"REALNAME_CARRIER", "pigeon", "REALNAME_CARRIER"},
		{"REALNAME_FACE_ACTIONS", "nod", "REALNAME_FACE_ACTION_COUNT"},
		{"REALNAME_CODE_GUESSES", "0", "REALNAME_CODE_GUESSES"},
	} {
		c, err := config.Load(nil, env(test.name, test.value))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s=%s: %v, want %q", test.name, test.value, err, test.says)
		}
	}
}

func TestPlainOnAnotherAddressTakesAProxyWithTLS(t *testing.T) {
	plain := []string{"REALNAME_LISTEN", "10.1.2.3:8080", "REALNAME_LISTEN_PLAIN", "1"}
	for url, right := range map[string]bool{"": false, "https://id.example.org": true} {
		c, err := config.Load(nil, env(append(plain, "REALNAME_PUBLIC_URL", url)...))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Check(); (err == nil) != right || !c.Plain() {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestThePublicAddressIsWhatBrowsersSend(t *testing.T) {
	for url, want := range map[string]string{
		"https://实名.中国":               "https://xn--eqrx9o.xn--fiqs8s",
		"https://ID.Example.org:443/": "https://id.example.org",
	} {
		if c, err := config.Load(nil, env("REALNAME_PUBLIC_URL", url)); err != nil || c.PublicURL != want {
			t.Errorf("%q is %q, %v; want %q", url, c.PublicURL, err, want)
		}
	}
}

func TestPrivateAddressesAreFineForASandbox(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:0", "[::1]:8080", "192.168.1.4:8443", "10.1.2.3:8443", "localhost:8080"} {
		c, err := config.Load(nil, env("REALNAME_LISTEN", listen))
		if err == nil {
			err = c.Check()
		}
		if err != nil {
			t.Errorf("%s: %v", listen, err)
		}
	}
}

func TestProductionRefusesWhatItMust(t *testing.T) {
	for _, test := range []struct{ name, value, says string }{
		{"REALNAME_CARRIER", "sandbox", "REALNAME_CARRIER is the sandbox"},
		{"REALNAME_SMS", "sandbox", "REALNAME_SMS is the sandbox"},
		{"REALNAME_PORTRAITS", "sandbox", "REALNAME_PORTRAITS is the sandbox"},
		{"REALNAME_SMS", "", "REALNAME_SMS is not set"},
		{"REALNAME_SANDBOX_PASSWORD", "x", "REALNAME_SANDBOX_PASSWORD"},
		{"REALNAME_SANDBOX_PUBLIC", "1", "REALNAME_SANDBOX_PUBLIC"},
		{"REALNAME_FACE_ACTIONS", "nod,blink,open_mouth", "too weak: REALNAME_FACE_ACTIONS"},
		{"REALNAME_FACE_ACTION_COUNT", "2", "too weak"},
		{"REALNAME_SMS_INTERVAL", "59s", "REALNAME_SMS_INTERVAL is below 60s"},
		{"REALNAME_SMS_HOURLY", "6", "REALNAME_SMS_HOURLY may be 5"},
		{"REALNAME_SMS_DAILY", "0", "REALNAME_SMS_DAILY is 0, which turns the cap off"},
		{"REALNAME_IDS_PER_ACCOUNT", "4", "REALNAME_IDS_PER_ACCOUNT may be 3"},
		{"REALNAME_CODE_GUESSES", "6", "REALNAME_CODE_GUESSES"},
		{"REALNAME_SMS_ALL", "0", "REALNAME_SMS_ALL is 0"},
		{"REALNAME_CODE_LIFE", "6m", "REALNAME_CODE_LIFE"},
		{"REALNAME_TICKET_LIFE", "2m", "REALNAME_TICKET_LIFE"},
		{"REALNAME_RETENTION", "23h59m", "REALNAME_RETENTION is below 24h"},
		{"REALNAME_UNVERIFIED_LIFE", "719h", "REALNAME_UNVERIFIED_LIFE is below 720h"},
		{"REALNAME_AUDIT_LIFE", "4391h", "REALNAME_AUDIT_LIFE is below 4392h"},
		{"REALNAME_PICTURES_LIFE", "169h", "REALNAME_PICTURES_LIFE is 169h0m0s; it may be 168h0m0s at most"},
		{"REALNAME_TICKET_GRACE", "151s", "REALNAME_TICKET_GRACE is 2m31s; it may be 2m30s"},
		{"REALNAME_TYPED_LIFE", "26m", "REALNAME_TYPED_LIFE is 26m0s; it may be 25m0s"},
		{"REALNAME_PROVEN_LIFE", "24h", "REALNAME_PROVEN_LIFE"},
		{"REALNAME_CONFIRMING_LIFE", "1h", "REALNAME_CONFIRMING_LIFE"},
		{"REALNAME_CAPTURING_LIFE", "1h", "REALNAME_CAPTURING_LIFE"},
		{"REALNAME_TRUSTED_PROXIES", "10.0.0.1,0.0.0.0/0", "REALNAME_TRUSTED_PROXIES has 0.0.0.0/0"},
		{"REALNAME_TRUSTED_PROXIES", "::/0", "REALNAME_TRUSTED_PROXIES has ::/0"},
		{"REALNAME_METRICS_TOKEN", "0123456789abcdef0123456789abcde", "REALNAME_METRICS_TOKEN can be guessed"}, // 124 bits
		{"REALNAME_METRICS_TOKEN", "abababababababababababababababababababab", "REALNAME_METRICS_TOKEN can be guessed"},
	} {
		c, err := config.Load(nil, env("REALNAME_MODE", "production", test.name, test.value))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s=%s: %v, want %q", test.name, test.value, err, test.says)
		}
	}
}

// clouds is the environment of a production that both providers serve.
func clouds(pairs ...string) func(string) string {
	return env(append([]string{
		"REALNAME_MODE", "production", "REALNAME_PORTRAITS", "registry", "REALNAME_CARRIER", "tencent", "REALNAME_SMS", "aliyun",
		"REALNAME_TENCENT_KEY_ID", "id", "REALNAME_TENCENT_KEY_SECRET", "secret-of-tencent",
		"REALNAME_ALIYUN_KEY_ID", "id", "REALNAME_ALIYUN_KEY_SECRET", "secret-of-aliyun",
		"REALNAME_ALIYUN_SMS_SIGN", "实名", "REALNAME_ALIYUN_SMS_TEMPLATE", "SMS_1",
	}, pairs...)...)
}

// TestProductionRefusesCapsThatCapNothing: zero, and a million.
func TestProductionRefusesCapsThatCapNothing(t *testing.T) {
	for _, name := range []string{
		"SMS_ACCOUNT", "SMS_ADDRESS", "SMS_ALL", "SMS_HOURLY", "SMS_DAILY", "IDS_PER_ACCOUNT", "FAILS_PER_DAY", "CLAIMS_PER_HOUR",
		"HANDOFFS_PER_HOUR", "SIGN_INS_PER_ACCOUNT", "SIGN_INS_PER_ADDRESS", "SIGN_UPS_PER_ADDRESS", "STREAMS", "STREAMS_PER_CALLER",
		"CODE_GUESSES", "FACE_ATTEMPTS",
	} {
		for _, value := range []string{"0", "1000000"} {
			c, err := config.Load(nil, clouds("REALNAME_"+name, value))
			if err == nil {
				err = c.Check()
			}
			if err == nil || !strings.Contains(err.Error(), "REALNAME_"+name) {
				t.Errorf("%s=%s: %v", name, value, err)
			}
		}
	}
}

func TestProductionStartsWithARealProvider(t *testing.T) {
	for name, change := range map[string][]string{
		"both":    nil,
		"aliyun":  {"REALNAME_CARRIER", "aliyun", "REALNAME_TENCENT_KEY_ID", ""},
		"members": {"REALNAME_CARRIER", "registry"},
		"faces":   {"REALNAME_CARRIER", "registry", "REALNAME_PORTRAITS", "aliyun", "REALNAME_ALIYUN_FACE_SCENE", "1000000006"},
		"limits": {
			"REALNAME_RETENTION", "24h", "REALNAME_UNVERIFIED_LIFE", "720h", "REALNAME_AUDIT_LIFE", "0", "REALNAME_TICKET_GRACE", "150s", "REALNAME_TYPED_LIFE", "25m", "REALNAME_TRUSTED_PROXIES", "10.0.0.0/8",
			"REALNAME_METRICS_TOKEN", "0123456789abcdef0123456789abcdef", "REALNAME_SMS_ALL", "500000", "REALNAME_HANDOFFS_PER_HOUR", "1000",
		},
		"gateway": {"REALNAME_CARRIER", "registry", "REALNAME_ALIYUN_ENDPOINT", "https://gateway.example.org:8443"},
		"test":    {"REALNAME_CARRIER", "registry", "REALNAME_ALIYUN_ENDPOINT", "http://127.0.0.1:9"},
		"tencent": {
			"REALNAME_TENCENT_KEY_SECRET", "s", "REALNAME_SMS", "tencent", "REALNAME_TENCENT_SMS_SIGN", "实名",
			"REALNAME_TENCENT_SMS_TEMPLATE", "1", "REALNAME_TENCENT_SMS_APP", "1400",
		},
	} {
		c, err := config.Load(nil, clouds(change...))
		if err == nil {
			err = c.Check()
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if text := fmt.Sprintf("%+v %#v", c, c); strings.Contains(text, "secret-of") {
			t.Errorf("%s: the settings print a secret", name)
		}
	}
}

func TestWhoComparesFacesNeedsAnAccount(t *testing.T) {
	for _, test := range []struct {
		change []string
		says   string
	}{
		{[]string{"REALNAME_PORTRAITS", "aliyun"}, "REALNAME_ALIYUN_FACE_SCENE is not set, and REALNAME_PORTRAITS=aliyun cannot work without it"},
		{[]string{"REALNAME_CARRIER", "registry", "REALNAME_PORTRAITS", "tencent", "REALNAME_TENCENT_KEY_ID", ""}, "REALNAME_TENCENT_KEY_ID is not set, and REALNAME_PORTRAITS=tencent"},
		{[]string{"REALNAME_PORTRAITS", "http"}, "REALNAME_PORTRAITS is \"http\"; choose one of registry, tencent, aliyun"},
		{[]string{"REALNAME_MODE", "sandbox", "REALNAME_PORTRAITS", "http"}, "REALNAME_PORTRAITS is \"http\"; choose one of sandbox, registry"},
	} {
		c, err := config.Load(nil, clouds(test.change...))
		if err == nil {
			err = c.Check()
		}
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("got %v, want %q", err, test.says)
		}
	}
}

func TestAMailServerThatCannotWorkIsRefused(t *testing.T) {
	for says, change := range map[string][]string{
		"REALNAME_SMTP_FROM is not set":             {"REALNAME_SMTP_ADDRESS", "smtp.example.org:587"},
		"REALNAME_SMTP_SECURITY is none":            {"REALNAME_SMTP_ADDRESS", "smtp.example.org:25", "REALNAME_SMTP_FROM", "a@example.org", "REALNAME_SMTP_SECURITY", "none"},
		"set both or neither":                       {"REALNAME_SMTP_ADDRESS", "smtp.example.org:587", "REALNAME_SMTP_FROM", "a@example.org", "REALNAME_SMTP_USERNAME", "a"},
		"REALNAME_SIGN_IN=issuers has no passwords": {"REALNAME_SMTP_ADDRESS", "smtp.example.org:587", "REALNAME_SMTP_FROM", "a@example.org", "REALNAME_SIGN_IN", "issuers", "REALNAME_ISSUERS", "issuers.json"},
		"": {"REALNAME_SMTP_ADDRESS", "127.0.0.1:25", "REALNAME_SMTP_FROM", "a@example.org", "REALNAME_SMTP_SECURITY", "none"},
	} {
		c, err := config.Load(nil, clouds(change...))
		if err == nil {
			err = c.Check()
		}
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

func TestProviderThatLacksSomethingIsRefused(t *testing.T) {
	for _, test := range []struct{ name, value, says string }{
		{"REALNAME_TENCENT_KEY_ID", "", "REALNAME_TENCENT_KEY_ID is not set, and REALNAME_CARRIER=tencent cannot work without it"},
		{"REALNAME_TENCENT_KEY_SECRET", "", "REALNAME_TENCENT_KEY_SECRET is not set"},
		{"REALNAME_TENCENT_KEY_SECRET", "two words", "REALNAME_TENCENT_KEY_SECRET has a blank"},
		{"REALNAME_TENCENT_ENDPOINT", "http://example.org", "REALNAME_TENCENT_ENDPOINT: "},
		{"REALNAME_TENCENT_ENDPOINT", "https://example.org/path", "without a path"},
		{"REALNAME_ALIYUN_KEY_SECRET", "", "REALNAME_ALIYUN_KEY_SECRET is not set, and REALNAME_SMS=aliyun"},
		{"REALNAME_ALIYUN_SMS_SIGN", "", "REALNAME_ALIYUN_SMS_SIGN is not set"},
		{"REALNAME_ALIYUN_SMS_TEMPLATE", "", "REALNAME_ALIYUN_SMS_TEMPLATE is not set"},
		{"REALNAME_SMS", "tencent", "REALNAME_TENCENT_SMS_APP is not set"},
		{"REALNAME_SMS", "registry", "REALNAME_SMS is \"registry\""},
		{"REALNAME_PORTRAITS", "elsewhere", "REALNAME_PORTRAITS is \"elsewhere\""},
		{"REALNAME_MODE", "sandbox", "REALNAME_SMS is aliyun, which is about real people"},
	} {
		c, err := config.Load(nil, clouds(test.name, test.value))
		if err == nil {
			err = c.Check()
		}
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s=%s: %v, want %q", test.name, test.value, err, test.says)
		}
		if err != nil && strings.Contains(err.Error(), "secret-of") {
			t.Errorf("%s: the sentence holds a secret", test.name)
		}
	}
}

func TestSecretsComeFromFiles(t *testing.T) {
	path := write(t, "secret", "from-the-file\n")
	c, err := config.Load(nil, env("REALNAME_TENCENT_KEY_SECRET_FILE", path))
	if err != nil || c.Tencent.KeySecret.Reveal() != "from-the-file" {
		t.Errorf("got %q, %v", c.Tencent.KeySecret.Reveal(), err)
	}
	c, err = config.Load(nil, env("REALNAME_SANDBOX_PASSWORD_FILE", path))
	if err != nil || c.SandboxPassword != "from-the-file" {
		t.Errorf("got %q, %v", c.SandboxPassword, err)
	}
	for _, test := range []struct {
		env  []string
		says string
	}{
		{[]string{"REALNAME_METRICS_TOKEN", "x", "REALNAME_METRICS_TOKEN_FILE", path}, "REALNAME_METRICS_TOKEN and REALNAME_METRICS_TOKEN_FILE are both set"},
		{[]string{"REALNAME_METRICS_TOKEN_FILE", path + "-none"}, "REALNAME_METRICS_TOKEN_FILE: open"},
		{[]string{"REALNAME_METRICS_TOKEN_FILE", write(t, "empty", "\n")}, "which is empty"},
	} {
		if _, err := config.Load(nil, env(test.env...)); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v: %v, want %q", test.env, err, test.says)
		}
	}
}

func TestTheSettingsFileIsBehindFlagsAndEnvironment(t *testing.T) {
	path := write(t, "settings.json", `{"listen": "127.0.0.1:1", "sms-hourly": 3, "sms-daily": 4, "trusted-networks": ["10.0.0.0/8", "192.0.2.1"], "risk-new-place": true, "metrics-token": "t"}`)
	for _, args := range [][]string{{"--config", path, "--sms-daily", "9"}, {"--sms-daily=9"}} {
		c, err := config.Load(args, env("REALNAME_CONFIG", path, "REALNAME_LISTEN", "127.0.0.1:2"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Listen != "127.0.0.1:2" || c.Verify.SMSHourly != 3 || c.Verify.SMSDaily != 9 || len(c.TrustedNetworks) != 2 || !c.Verify.Risk.NewPlace || c.MetricsToken.Reveal() != "t" {
			t.Errorf("%v: got %+v", args, c)
		}
	}
	production, err := config.Load([]string{"--config", write(t, "production.json", `{"mode": "production"}`)}, env())
	if err != nil || production.Verify.SMSAddress != 50 || production.Name != "Realname" {
		t.Errorf("the defaults are not those of the mode: %+v, %v", production, err)
	}
	for text, says := range map[string]string{
		`{"listne": "x"}`:     `sets "listne", which is no setting`,
		`[]`:                  "is no JSON object",
		`{"sms-hourly": {}}`:  `"sms-hourly": write a text, a number`,
		`{"sms-hourly": -1}`:  "sms-hourly in the settings file: \"-1\" is no count",
		`{"mode": "nothing"}`: "mode in the settings file",
	} {
		if _, err := config.Load([]string{"--config", write(t, "bad.json", text)}, env()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := config.Load([]string{"--config", path + "-none"}, env()); err == nil || !strings.Contains(err.Error(), "the settings file cannot be read") {
		t.Errorf("no file: %v", err)
	}
}

func TestMisspeltVariablesAreNamed(t *testing.T) {
	unknown, err := config.Unknown([]string{
		"HOME=/", "REALNAME_SMS_INTERVALL=1s", "REALNAME_LISTEN=x", "REALNAME_METRICS_TOKEN_FILE=x", "REALNAME_LISTEN_FILE=x", "REALNAME_CONFIG=x", "REALNAME_KEYS=x",
	})
	if err != nil || strings.Join(unknown, " ") != "REALNAME_LISTEN_FILE REALNAME_SMS_INTERVALL" {
		t.Errorf("got %v, %v", unknown, err)
	}
}

// write returns the path of a file with a text.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func FuzzLoadNeverPanics(f *testing.F) {
	f.Add("--listen", "127.0.0.1:1")
	f.Add("--face-actions=nod", "--trusted-proxies=10.0.0.0/8")
	f.Fuzz(func(_ *testing.T, a, b string) {
		if c, err := config.Load([]string{a, b}, env()); err == nil {
			_ = c.Check()
		}
	})
}
