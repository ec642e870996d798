//go:build !unix

package main

func forbidCoreDump() {}
