package verify

// Allows opens the transition table to the tests of package verify_test.
var Allows = allows

// Settle opens how what others said is written late.
var Settle = settle
