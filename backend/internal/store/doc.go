// Package store keeps everything that outlives a process, in SQLite or in
// PostgreSQL, by gorm. It implements verify.Store, account.Store,
// registry.Store and httpapi.Answers, and keeps the sandbox's SMS inbox; app
// opens it and hands it to them. It makes no decision of its own: it guards
// what the domain decides.
//
// What the database guarantees, whoever writes:
//
//   - one open case an account: a partial unique index;
//   - one account an ID number: a unique keyed hash, written in the transaction
//     that verifies;
//   - a case is written over the version that was read, or not at all;
//   - caps hold over several processes: traces of one subject are counted and
//     added under an advisory lock (SQLite has one writer).
//
// Rows are unexported and never leave the package. What is personal is sealed
// with AES-256-GCM under a data key of its account, which a master key outside
// the database wraps (package keys), and found again by keyed hash alone.
// Rotate wraps the data keys anew, Reindex changes the key of the hashes, Erase
// deletes the data key with what it sealed.
//
// Of frames that were judged it keeps keyed hashes and prints, and of actions
// that were drawn and not judged those that wait for the next case: by account
// and by keyed hash of the ID number, for as long as package verify says.
//
// The stored form of a case and what the audit MACs cover are structs of this
// package (state.go, audit.go), whose tags are for good.
//
// Each case has a chain of audit entries, written with its changes. Seal links
// the chains' heads, a second or so later and in its own transaction;
// VerifyAudit names the first row that is not as written.
//
// What is counted for operators is counted by hour (counts.go). Blocks of hours that are
// over are summed (sums.go), and what reads counts adds to a sum what came since, so that
// its answers are the same whether a sum is there or not.
//
// One text of numbered migrations serves both databases; times are
// microseconds since 1970, in UTC. Package storetest holds the suite that both
// have to pass, pgtest a throw-away PostgreSQL.
package store
