package config

import (
	"maps"
	"net/url"
	"strings"

	"github.com/alecthomas/kong"
)

// From is where the value of a setting came from.
type From string

// The places, in the order in which they are asked.
const (
	FromFlag         From = "flag"
	FromEnvironment  From = "environment"
	FromSecretFile   From = "secret_file" // that a variable ending with _FILE names
	FromSettingsFile From = "settings_file"
	FromDefault      From = "default"
)

// Origins is where settings came from. Its zero value knows of none.
type Origins struct {
	// From has the settings that are not defaults, by the names of their flags.
	From map[string]From
	// Unknown are REALNAME_ variables of the environment that no setting has.
	Unknown []string
}

// Setting is a setting in force, as an operator may see it.
type Setting struct {
	// Name is that of the flag and of the key in a settings file.
	Name, Variable, Help string
	// Value is empty of a secret, which is never shown: only whether it is set.
	Value  string
	Secret bool
	Set    bool
	From   From
}

// InForce lists the settings of a configuration, in the order of the help.
func InForce(c Config) ([]Setting, error) {
	t := struct {
		Config `embed:"" group:"settings"`
	}{c}
	parser, err := kong.New(&t, (&Source{Getenv: func(string) string { return "" }}).Options()...)
	if err != nil {
		return nil, err
	}
	var all []Setting
	err = settings(parser.Model, func(flag *kong.Flag) error {
		s := Setting{
			Name: flag.Name, Variable: Variable(flag.Name), Help: flag.Help, Secret: fromFile(flag),
			Set: !flag.Target.IsZero(), From: c.Origins.From[flag.Name],
		}
		if s.From == "" {
			s.From = FromDefault
		}
		if !s.Secret {
			s.Value = redacted(written(flag.Target))
		}
		all = append(all, s)
		return nil
	})
	return all, err
}

// redacted is a value without the password that stands in an address.
func redacted(value string) string {
	if !strings.Contains(value, "@") {
		return value
	}
	u, err := url.Parse(value)
	if err != nil || u.User == nil {
		return value
	}
	return u.Redacted()
}

// Origins says where the settings of a call came from that are not defaults, once it
// is parsed.
func (s *Source) Origins(c *kong.Context) map[string]From {
	origins := map[string]From{}
	maps.Copy(origins, s.from)
	for _, path := range c.Path {
		if path.Flag != nil && isSetting(path.Flag) && !path.Resolved {
			origins[path.Flag.Name] = FromFlag
		}
	}
	return origins
}
