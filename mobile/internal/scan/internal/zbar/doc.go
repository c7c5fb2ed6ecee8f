// Package zbar lets the scanner's comparison read the same frames with the C
// library of that name. Only tests with the tag zbar use it; the app never
// links it, and without the tag the package is empty.
package zbar
