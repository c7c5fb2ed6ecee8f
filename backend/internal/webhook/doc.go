// Package webhook sends events to the services that they are for, by Standard
// Webhooks: at least once, in order for each person, again and again over three
// days, and then they are kept as dead for the operator to send anew. A job of
// the transaction that made an event wakes it. A receiver that does not answer
// holds up nobody but itself, and none of its addresses may lie in the
// operator's own network.
package webhook
