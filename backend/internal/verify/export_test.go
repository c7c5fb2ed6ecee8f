package verify

// Allows opens the transition table to the tests of package verify_test.
var Allows = allows

// DrawActions opens how actions are drawn, without the attempts that it takes to draw often.
var DrawActions = (*Service).draw

// Persist opens how what others said is written late.
var Persist = persist

// Deps opens what a Service hangs on, for worlds in which a part of it is another.
func (s *Service) Deps() *Deps { return &s.deps }
