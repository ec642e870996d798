//go:build race

package detectors_test

// underRace says that the race detector slows everything down some tenfold:
// tests that read much text then read less of it.
const underRace = true
