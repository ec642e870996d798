//go:build !race

package detectors_test

const underRace = false
