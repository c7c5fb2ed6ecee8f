package vault

import "time"

// Wait replaces the keyring's answer, and shortens how long it is waited for.
func (v *Vault) Wait(d time.Duration, get func(service, user string) (string, error)) {
	v.patience, v.get = d, get
}
