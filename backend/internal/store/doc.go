// Package store keeps everything that outlives a process, in SQLite or in
// PostgreSQL, by gorm. It implements verify.Store and account.Store, and the
// ports of the idempotency of calls, the sandbox's SMS inbox and the registry.
//
// Rows are unexported and never leave the package. Personal data is encrypted
// with a data key of its person, which a master key outside the database wraps;
// it is found again by keyed hash only. The database guards what the domain
// decides: one open case an account, one account an ID number, a case written
// only over the version that was read. It makes no decision of its own.
//
// One text of numbered migrations serves both databases; times are
// microseconds since 1970, in UTC.
package store
