// Package face decides whether a capture from a phone shows the person of a
// portrait, live, doing what was asked.
//
// A verdict goes through four stages:
//
//	decode    JPEG under limits, upright            package raster
//	analyse   detect → mesh → pose → quality        package look: one picture, by networks
//	compare   align → two embeddings → one score    package look
//	judge     actions, continuity                   package live: a sequence, by arithmetic
//	          spoof, light, match                   here
//
// Engine.Portrait checks a portrait, Engine.Inspect looks quickly at a capture
// before it is accepted, Engine.Judge gives the verdict. The domain's adapter
// calls them; `backend face` calls them for operators.
//
// What it does not do: it keeps no picture after a call, writes nothing, logs
// nothing, knows nothing of accounts, attempts or tokens, and never returns
// words for a user: a Hint is a closed type that the caller turns into a
// sentence. It cannot tell a puppet, a recording whose parts are played to
// order, from a person; docs/face.md says what its figures can and cannot show.
//
// Directions are the person's own: in verification.TurnLeft the head turns to the person's
// left, which is to the right of the picture. Frames must never be mirrored.
// In numbers, yaw > 0 is the person's left, pitch > 0 is up, roll > 0 is the
// head tilted clockwise on the screen; all in degrees.
package face
