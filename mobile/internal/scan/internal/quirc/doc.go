// Package quirc lets the scanner's comparison read the same frames with the C
// library of that name, whose source comes in the npm package node-quirc, since
// Debian 12 has no libquirc. Only benchmarks with the tag quirc use it; the app
// never links it, and without the tag the package is empty.
package quirc
