//go:build unix

package main

import "golang.org/x/sys/unix"

// forbidCoreDump keeps a crash from writing secrets to the disk. A limit of one
// byte, not none: a kernel that pipes core dumps to a program takes only that for
// a no (core(5)).
func forbidCoreDump() {
	one := unix.Rlimit{Cur: 1, Max: 1}
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &one) // fails only if it is less already
}
