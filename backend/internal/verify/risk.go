package verify

import "context"

// RiskRule names why a face scan is demanded. What is met is recorded with the
// case and in the audit trail.
type RiskRule string

// The rules. Thresholds and windows are those of RiskConfig.
const (
	RiskAccountsPerID RiskRule = "accounts_per_id" // several accounts tried this ID
	RiskIDsPerPhone   RiskRule = "ids_per_phone"   // this phone served several IDs
	RiskFailures      RiskRule = "failures"        // too many refused cases
	RiskHolderChanged RiskRule = "holder_changed"  // the carrier reports a recent change of holder
	RiskNewPlace      RiskRule = "new_place"       // a new device on a new network
	RiskFlagged       RiskRule = "flagged"         // an operator's flag
	RiskUnlit         RiskRule = "unlit"           // the light challenge is enforced, and the phone lit nothing
	RiskDeviceLink    RiskRule = "device_link"     // whoever was shown a code linked the affiliate, who may be a stranger
)

// risks returns the rules that a case meets after the carrier agreed.
func (s *Service) risks(ctx context.Context, c *Case, answer CarrierAnswer) ([]RiskRule, error) {
	var met []RiskRule
	if answer.HolderChanged {
		met = append(met, RiskHolderChanged)
	}
	if s.cfg.Risk.NewPlace && c.PC.NewDevice && c.PC.NewNetwork {
		met = append(met, RiskNewPlace)
	}
	now := s.deps.Now()
	rules := []struct {
		rule RiskRule
		from int // 0 for off
		Counted
	}{
		{RiskAccountsPerID, s.cfg.Risk.AccountsPerID, Counted{BucketAccountsOfID, c.Identity.Number.Reveal(), now.Add(-month)}},
		{RiskFailures, s.cfg.Risk.Failures, Counted{BucketFailsAccount, c.AccountID, now.Add(-day)}},
		{RiskFlagged, 1, Counted{BucketFlag, c.AccountID, now.AddDate(0, 0, -3650)}},
	}
	asked := make([]Counted, len(rules))
	for i, r := range rules {
		asked[i] = r.Counted
	}
	counts, err := s.deps.Store.Counts(ctx, asked...)
	if err != nil {
		return nil, err
	}
	for i, r := range rules {
		if r.from > 0 && counts[i] >= r.from {
			met = append(met, r.rule)
		}
	}
	return met, nil
}
