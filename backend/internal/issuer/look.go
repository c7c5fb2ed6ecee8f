package issuer

// State is what is known of an issuer without asking it anew.
type State string

// The states.
const (
	StateAnswers  State = "answers"
	StateAway     State = "away"
	StateNotAsked State = "not_asked"
)

// Seen is an issuer and how it was when it was last asked.
type Seen struct {
	Config
	State State
}

// All lists every issuer, in the order of the settings.
func (s *Service) All() []Seen {
	all := make([]Seen, len(s.providers))
	for i, p := range s.providers {
		all[i] = Seen{p.Config, p.state()}
	}
	return all
}

// state does not wait: an issuer that is being asked is as it was before.
func (p *provider) state() State {
	if last, asked := p.last.Load().(State); asked {
		return last
	}
	return StateNotAsked
}

// stateOf is what an answer to discovery tells.
func stateOf(err error) State {
	if err != nil {
		return StateAway
	}
	return StateAnswers
}
