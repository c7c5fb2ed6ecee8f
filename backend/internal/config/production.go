package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// refusals collects why production does not start, a sentence each.
type refusals []error

func (r *refusals) refuse(bad bool, format string, args ...any) {
	if bad {
		*r = append(*r, fmt.Errorf("production refuses to start: "+format, args...))
	}
}

// checkProduction holds the floor that the law and docs/threats.md set: no
// setting may undo what the product promises.
func (c Config) checkProduction() []error {
	var r refusals
	for _, p := range c.chosen() {
		r.refuse(slices.Contains(p.values, ProviderSandbox), "%s is the sandbox, which answers for fictional people; choose a real provider", p.env)
	}
	r.refuse(c.SandboxPassword != "", "REALNAME_SANDBOX_PASSWORD is set, and there are no sandbox accounts here; unset it")
	r.refuse(c.SandboxPublic, "REALNAME_SANDBOX_PUBLIC is set, and this is no sandbox; unset it")
	for _, p := range c.TrustedProxies {
		r.refuse(p.Bits() == 0, "REALNAME_TRUSTED_PROXIES has %s, so that anybody could say which address they come from; name the proxies", p)
	}
	for _, network := range c.TrustedNetworks {
		r.refuse(network.Bits() == 0, "REALNAME_TRUSTED_NETWORKS has %s, which is everybody; name the networks whose people you know", network)
	}
	token := c.MetricsToken.Reveal()
	r.refuse(token != "" && secretBits(token) < minSecretBits,
		"REALNAME_METRICS_TOKEN can be guessed; take %d random bits or more, such as 32 hexadecimal digits", minSecretBits)
	r.refuse(c.Verify.CheckChallenge() != nil, "the face challenge is too weak: REALNAME_FACE_ACTIONS and REALNAME_FACE_ACTION_COUNT need three actions or more, a turn among them")
	c.checkCaps(&r)
	c.checkTrusted(&r)
	c.checkTimes(&r)
	return r
}

// checkCaps refuses caps that are off, above the law's, or so high that they cap
// nothing.
func (c Config) checkCaps(r *refusals) {
	v := c.Verify
	for _, limit := range []struct {
		env      string
		value    int
		most     int
		zeroIsNo bool
	}{
		{"REALNAME_SMS_HOURLY", v.SMSHourly, 5, true},
		{"REALNAME_SMS_DAILY", v.SMSDaily, 10, true},
		{"REALNAME_IDS_PER_ACCOUNT", v.IDsPerAccount, 3, true},
		{"REALNAME_CODE_GUESSES", v.CodeGuesses, 5, false},
		{"REALNAME_FACE_ATTEMPTS", v.FaceAttempts, 5, false},
	} {
		r.refuse(limit.zeroIsNo && limit.value == 0, "%s is 0, which turns the cap off; it may be %d at most", limit.env, limit.most)
		r.refuse(limit.value > limit.most, "%s may be %d at most", limit.env, limit.most)
	}
	d := Default(Production)
	for _, limit := range []struct {
		env          string
		value, usual int
		times        int // how often the usual value is the most
	}{
		{"REALNAME_SMS_ACCOUNT", v.SMSAccount, d.Verify.SMSAccount, 10},
		{"REALNAME_SMS_ADDRESS", v.SMSAddress, d.Verify.SMSAddress, 50},
		{"REALNAME_SMS_ALL", v.SMSAll, d.Verify.SMSAll, 50},
		{"REALNAME_FAILS_PER_DAY", v.FailsPerDay, d.Verify.FailsPerDay, 5},
		{"REALNAME_CLAIMS_PER_HOUR", v.ClaimsPerHour, d.Verify.ClaimsPerHour, 50},
		{"REALNAME_HANDOFFS_PER_HOUR", v.HandoffsPerHour, d.Verify.HandoffsPerHour, 5},
		{"REALNAME_SIGN_INS_PER_ACCOUNT", c.SignInsPerAccount, d.SignInsPerAccount, 5},
		{"REALNAME_SIGN_INS_PER_ADDRESS", c.SignInsPerAddress, d.SignInsPerAddress, 50},
		{"REALNAME_STREAMS", c.Streams, d.Streams, 5},
		{"REALNAME_STREAMS_PER_CALLER", c.StreamsPerCaller, d.StreamsPerCaller, 5},
		{"REALNAME_SIGN_UPS_PER_ADDRESS", c.SignUpsPerAddress, d.SignUpsPerAddress, 50},
	} {
		r.refuse(limit.value == 0, "%s is 0, which turns the cap off", limit.env)
		most := limit.usual * limit.times
		r.refuse(limit.value > most, "%s is %d, which caps nothing; it may be %d at most", limit.env, limit.value, most)
	}
}

// checkTrusted refuses caps of trusted networks that are off, where there are
// such networks, or so high that they cap nothing.
func (c Config) checkTrusted(r *refusals) {
	if len(c.TrustedNetworks) == 0 {
		return
	}
	const most = 100_000 // the people behind one address of an office
	for _, limit := range []struct {
		env   string
		value int
	}{
		{"REALNAME_TRUSTED_SMS", c.Verify.TrustedSMS},
		{"REALNAME_TRUSTED_CLAIMS", c.Verify.TrustedClaims},
		{"REALNAME_TRUSTED_SIGN_INS", c.TrustedSignIns},
		{"REALNAME_TRUSTED_SIGN_UPS", c.TrustedSignUps},
	} {
		r.refuse(limit.value == 0, "%s is 0, which turns the cap off", limit.env)
		r.refuse(limit.value > most, "%s is %d, which caps nothing; it may be %d at most", limit.env, limit.value, most)
	}
}

// shortestRetention is how long what a person stated is kept at least, so that a
// dispute of the day before can be looked into.
const shortestRetention = 24 * time.Hour

// shortestUnverified leaves whoever signed up a month to come back; shortestAudit is
// how long logs of a network are kept at least (Cybersecurity Law of the PRC, article
// 21: six months).
const shortestUnverified, shortestAudit = 30 * 24 * time.Hour, 183 * 24 * time.Hour

// checkTimes refuses lives under which a code, a ticket or a challenge could be
// used by somebody else.
func (c Config) checkTimes(r *refusals) {
	v, d := c.Verify, Default(Production).Verify
	r.refuse(v.SMSInterval < time.Minute, "REALNAME_SMS_INTERVAL is below 60s")
	r.refuse(v.MoveWait < shortestRetention, "REALNAME_MOVE_WAIT is below 24h, within which nobody hears of it")
	r.refuse(v.Retention < shortestRetention, "REALNAME_RETENTION is below 24h, within which a refusal can be disputed")
	r.refuse(v.UnverifiedLife > 0 && v.UnverifiedLife < shortestUnverified, "REALNAME_UNVERIFIED_LIFE is below 720h, within which people come back to an account")
	r.refuse(v.AuditLife > 0 && v.AuditLife < shortestAudit, "REALNAME_AUDIT_LIFE is below 4392h, the six months that the law has logs kept")
	for _, life := range []struct {
		env         string
		value, most time.Duration
	}{
		{"REALNAME_CODE_LIFE", v.CodeLife, d.CodeLife},
		{"REALNAME_TICKET_LIFE", v.TicketLife, d.TicketLife},
		{"REALNAME_TICKET_GRACE", v.TicketGrace, 5 * d.TicketGrace},
		{"REALNAME_TYPED_LIFE", v.TypedLife, 5 * d.TypedLife},
		{"REALNAME_PROVEN_LIFE", v.ProvenLife, 5 * d.ProvenLife},
		{"REALNAME_CONFIRMING_LIFE", v.ConfirmingLife, 5 * d.ConfirmingLife},
		{"REALNAME_CAPTURING_LIFE", v.CapturingLife, 5 * d.CapturingLife},
		{"REALNAME_PICTURES_LIFE", v.PicturesLife, d.PicturesLife}, // as the consent says
	} {
		r.refuse(life.value > life.most, "%s is %s; it may be %s at most", life.env, life.value, life.most)
	}
}

// minSecretBits is what a secret that opens something has at least.
const minSecretBits = 128

// secretBits is how many random bits a secret can have at most, by its alphabet
// and by how many different characters are in it.
func secretBits(secret string) int {
	const hex = "0123456789abcdef"
	bits := 6 // base 64
	if strings.Trim(strings.ToLower(secret), hex) == "" {
		bits = 4
	}
	different := slices.Compact(slices.Sorted(slices.Values([]rune(secret))))
	if len(different) < 8 { // nobody drew this
		bits = 1
	}
	return bits * len([]rune(secret))
}
