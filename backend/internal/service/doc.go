// Package service is about the sites that rely on Realname: which there are,
// what a person agreed to tell each, and what each is told when that changes.
// It speaks no protocol (package oidc does) and keeps nothing (package store
// does).
//
// A service knows a person by a subject of its own, which no other service is
// given for the same person. It is told what it asked for, is allowed to have,
// and the person agreed to: see Disclose.
package service
