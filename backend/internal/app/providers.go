package app

import (
	"crypto/rand"

	"realname.example/backend/internal/config"
	"realname.example/backend/internal/provider/aliyun"
	"realname.example/backend/internal/provider/people"
	"realname.example/backend/internal/provider/tencent"
	"realname.example/backend/internal/verify"
)

// newCarrier returns the carrier that production was told to ask. Config has
// been validated: what is no provider of the internet is the registry.
func (a *App) newCarrier() verify.Carrier {
	switch a.Config.Carrier {
	case config.ProviderTencent:
		return a.newTencent()
	case config.ProviderAliyun:
		return a.newAliyun()
	}
	return people.Provider{Registry: a.Store}
}

// newSMS returns the sender that production was told to use.
func (a *App) newSMS() verify.SMS {
	if a.Config.SMS == config.ProviderTencent {
		return a.newTencent()
	}
	return a.newAliyun()
}

func (a *App) newTencent() *tencent.Client {
	c := a.Config.Tencent
	return tencent.New(tencent.Config{
		KeyID: c.KeyID, KeySecret: c.KeySecret, Region: c.Region, Endpoint: c.Endpoint,
		SMSApp: c.SMSApp, SMSSign: c.SMSSign, SMSTemplate: c.SMSTemplate, Now: a.now,
	})
}

func (a *App) newAliyun() *aliyun.Client {
	c := a.Config.Aliyun
	return aliyun.New(aliyun.Config{
		KeyID: c.KeyID, KeySecret: c.KeySecret, Endpoint: c.Endpoint,
		SMSSign: c.SMSSign, SMSTemplate: c.SMSTemplate, Now: a.now, Random: rand.Reader,
	})
}
