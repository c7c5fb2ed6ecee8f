package app

import (
	"realname.example/backend/internal/config"
	"realname.example/shared/api"
)

// settingsInForce are the settings as an operator may see them.
func settingsInForce(c config.Config) (api.AdminSettings, error) {
	all, err := config.InForce(c)
	out := api.AdminSettings{Settings: make([]api.AdminSetting, len(all)), Unknown: []api.AdminUnknown{}}
	for i, s := range all {
		out.Settings[i] = api.AdminSetting{
			Name: s.Name, Variable: s.Variable, Help: s.Help, Value: s.Value, Secret: s.Secret, Set: s.Set, From: string(s.From),
		}
	}
	for _, name := range c.Origins.Unknown {
		out.Unknown = append(out.Unknown, api.AdminUnknown{Variable: name, Gone: config.Gone[name]})
	}
	return out, err
}
