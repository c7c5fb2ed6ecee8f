package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// chosen is a setting that chooses a provider.
type chosen struct {
	env, value string
	known      []string
}

func (c Config) chosen() []chosen {
	return []chosen{
		{"REALNAME_CARRIER", c.Carrier, []string{ProviderSandbox, ProviderRegistry, ProviderTencent, ProviderAliyun}},
		{"REALNAME_SMS", c.SMS, []string{ProviderSandbox, ProviderTencent, ProviderAliyun}},
		{"REALNAME_PORTRAITS", c.Portraits, []string{ProviderSandbox, ProviderRegistry}},
	}
}

// checkProviders refuses a provider that is none, and one that lacks what it
// needs.
func (c Config) checkProviders() error {
	var errs []error
	for _, p := range c.chosen() {
		switch {
		case p.value == "":
			errs = append(errs, fmt.Errorf("%s is not set; choose one of %s", p.env, strings.Join(p.known, ", ")))
		case !slices.Contains(p.known, p.value):
			errs = append(errs, fmt.Errorf("%s is %q; choose one of %s", p.env, p.value, strings.Join(p.known, ", ")))
		case c.Mode == Sandbox && (p.value == ProviderTencent || p.value == ProviderAliyun):
			errs = append(errs, fmt.Errorf("%s is %s, which is about real people, and the sandbox is not; set REALNAME_MODE=production", p.env, p.value))
		}
	}
	errs = append(errs, c.checkCloud(ProviderTencent, c.Tencent)...)
	return errors.Join(append(errs, c.checkCloud(ProviderAliyun, c.Aliyun)...)...)
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
	if c.SMS == provider {
		by = "REALNAME_SMS"
		need(by, "SMS_SIGN", account.SMSSign)
		need(by, "SMS_TEMPLATE", account.SMSTemplate)
		if provider == ProviderTencent {
			need(by, "SMS_APP", account.SMSApp)
			need(by, "REGION", account.Region)
		}
	} else if c.Carrier != provider {
		return nil
	}
	need(by, "KEY_ID", account.KeyID)
	need(by, "KEY_SECRET", account.KeySecret.Reveal())
	return errs
}
