package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// chosen is a setting that chooses providers.
type chosen struct {
	env    string
	values []string
	known  []string
}

func (c Config) chosen() []chosen {
	return []chosen{
		{"REALNAME_CARRIER", []string{c.Carrier}, []string{ProviderSandbox, ProviderRegistry, ProviderTencent, ProviderAliyun}},
		{"REALNAME_SMS", c.Senders(), []string{ProviderSandbox, ProviderTencent, ProviderAliyun, ProviderHTTP}},
		{"REALNAME_PORTRAITS", []string{c.Portraits}, []string{ProviderSandbox, ProviderRegistry, ProviderTencent, ProviderAliyun}},
	}
}

// Senders lists the providers of SMS in the order in which they are tried.
func (c Config) Senders() []string {
	senders := strings.Split(c.SMS, ",")
	for i := range senders {
		senders[i] = strings.TrimSpace(senders[i])
	}
	return senders
}

// checkProviders refuses a provider that is none, and one that lacks what it
// needs.
func (c Config) checkProviders() error {
	var errs []error
	for _, p := range c.chosen() {
		for i, value := range p.values {
			switch {
			case value == "":
				errs = append(errs, fmt.Errorf("%s is not set; choose one of %s", p.env, c.offered(p.known)))
			case !slices.Contains(p.known, value):
				errs = append(errs, fmt.Errorf("%s is %q; choose one of %s", p.env, value, c.offered(p.known)))
			case slices.Contains(p.values[:i], value):
				errs = append(errs, fmt.Errorf("%s names %s twice", p.env, value))
			case c.Mode == Sandbox && value != ProviderSandbox && value != ProviderRegistry:
				errs = append(errs, fmt.Errorf("%s is %s, which is about real people, and the sandbox is not; set REALNAME_MODE=production", p.env, value))
			}
		}
	}
	if slices.Contains(c.Senders(), ProviderHTTP) && c.SMSHTTP == "" {
		errs = append(errs, errors.New("REALNAME_SMS_HTTP is not set, and REALNAME_SMS=http cannot work without the file that it names"))
	}
	errs = append(errs, c.checkCloud(ProviderTencent, c.Tencent)...)
	return errors.Join(append(errs, c.checkCloud(ProviderAliyun, c.Aliyun)...)...)
}

// offered lists those of the providers that the mode does not refuse.
func (c Config) offered(known []string) string {
	fits := func(provider string) bool {
		return provider == ProviderRegistry || (provider == ProviderSandbox) == (c.Mode == Sandbox)
	}
	return strings.Join(slices.DeleteFunc(slices.Clone(known), func(p string) bool { return !fits(p) }), ", ")
}

// checkCloud refuses an account that lacks what it was chosen for.
func (c Config) checkCloud(provider string, account Cloud) (errs []error) {
	prefix := "REALNAME_" + strings.ToUpper(provider)
	need := func(by, name, value string) {
		switch {
		case value == "":
			errs = append(errs, fmt.Errorf("%s_%s is not set, and %s=%s cannot work without it", prefix, name, by, provider))
		case name != "SMS_SIGN" && strings.ContainsAny(value, " \t\r\n"):
			errs = append(errs, fmt.Errorf("%s_%s has a blank or a line break in it; copy it again", prefix, name))
		}
	}
	by := "REALNAME_CARRIER"
	if c.Portraits == provider && provider == ProviderAliyun {
		need("REALNAME_PORTRAITS", "FACE_SCENE", c.AliyunFaceScene)
	}
	if slices.Contains(c.Senders(), provider) {
		by = "REALNAME_SMS"
		need(by, "SMS_SIGN", account.SMSSign)
		need(by, "SMS_TEMPLATE", account.SMSTemplate)
		if provider == ProviderTencent {
			need(by, "SMS_APP", c.TencentSMSApp)
			need(by, "REGION", c.TencentRegion)
		}
	} else if c.Portraits == provider {
		by = "REALNAME_PORTRAITS"
	} else if c.Carrier != provider {
		return nil
	}
	need(by, "KEY_ID", account.KeyID)
	need(by, "KEY_SECRET", account.KeySecret.Reveal())
	return errs
}
