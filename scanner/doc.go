// Package scanner reads the places where secrets hide and turns what the
// detectors match in them into secrets with all their occurrences, beside an
// honest account of what was read and what was not.
//
// A Source hands out chunks; the engine of package detectors reads them; hits
// are located by their source in one batch, suppressed, grouped into secrets
// and returned as one Result.
package scanner
