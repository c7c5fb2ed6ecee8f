package verify

// Allows opens the transition table to the tests of package verify_test.
var Allows = allows
