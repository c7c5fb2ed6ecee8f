package app

import (
	"crypto/rand"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/config"
	"realname.example/backend/internal/mail"
	"realname.example/backend/internal/meter"
	"realname.example/backend/internal/provider/aliyun"
	"realname.example/backend/internal/provider/breaker"
	"realname.example/backend/internal/provider/fallback"
	"realname.example/backend/internal/provider/gateway"
	"realname.example/backend/internal/provider/people"
	"realname.example/backend/internal/provider/spelling"
	"realname.example/backend/internal/provider/tencent"
	"realname.example/backend/internal/verify"
)

// newCarrier returns the carrier that production was told to ask. Config has
// been validated: what is no provider of the internet is the registry.
func (a *App) newCarrier() verify.Carrier {
	switch a.Config.Carrier {
	case config.ProviderTencent:
		return spelling.Carrier{Carrier: a.newTencent()}
	case config.ProviderAliyun:
		return spelling.Carrier{Carrier: a.newAliyun()}
	}
	return people.Provider{Registry: a.Store}
}

// newSMS returns the senders that production was told to use, each behind its
// own breaker. The error is a whole sentence about the gateway's file.
func (a *App) newSMS(meters *meter.Meter) (fallback.SMS, error) {
	var senders fallback.SMS
	for _, name := range a.Config.Senders() {
		var sender verify.SMS
		var receipts verify.Receipts
		switch name {
		case config.ProviderTencent:
			client := a.newTencent()
			sender, receipts = client, meters.Receipts(name, client)
		case config.ProviderAliyun:
			client := a.newAliyun()
			sender, receipts = client, meters.Receipts(name, client)
		case config.ProviderHTTP:
			var err error
			sender, err = gateway.New(gateway.Config{File: a.Config.SMSHTTP, Life: a.Config.Verify.CodeLife, Now: a.now})
			if err != nil {
				return nil, err
			}
		}
		senders = append(senders, fallback.Sender{Guarded: breaker.NewSMS(meters.SMS(name, sender)), Name: name, Receipts: receipts})
	}
	return senders, nil
}

// newMail returns the sender by the operator's mail server. The error is a whole
// sentence about a setting.
func (a *App) newMail() (verify.Mail, error) {
	c := a.Config.SMTP
	return mail.New(mail.Config{
		Address: c.Address, From: c.From, Username: c.Username, Password: c.Password, Security: c.Security,
		Name: a.Config.Name, Life: account.ResetLife,
	})
}

// newComparer returns who compares faces with portraits of their own; nil where the
// registry has the portraits.
func (a *App) newComparer() verify.Comparer {
	switch a.Config.Portraits {
	case config.ProviderTencent:
		return a.newTencent()
	case config.ProviderAliyun:
		return a.newAliyun()
	}
	return nil
}

func (a *App) newTencent() *tencent.Client {
	c := a.Config.Tencent
	return tencent.New(tencent.Config{
		KeyID: c.KeyID, KeySecret: c.KeySecret, Region: a.Config.TencentRegion, Endpoint: c.Endpoint,
		SMSApp: a.Config.TencentSMSApp, SMSSign: c.SMSSign, SMSTemplate: c.SMSTemplate, SMSResetTemplate: c.SMSResetTemplate, Now: a.now,
	})
}

func (a *App) newAliyun() *aliyun.Client {
	c := a.Config.Aliyun
	return aliyun.New(aliyun.Config{
		KeyID: c.KeyID, KeySecret: c.KeySecret, Endpoint: c.Endpoint,
		SMSSign: c.SMSSign, SMSTemplate: c.SMSTemplate, SMSResetTemplate: c.SMSResetTemplate, FaceScene: a.Config.AliyunFaceScene, Now: a.now, Random: rand.Reader,
	})
}
