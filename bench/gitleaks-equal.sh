#!/bin/sh
# Compares what leakguard finds with --rules gitleaks with what gitleaks 8.30.1 finds:
# in a made repository of 2,000 cases and in each repository given, in its history and
# its files, under gitleaks' default config and those of testdata/gitleaks:
#
#	bench/gitleaks-equal.sh [REPO...]
#
# Each difference is printed, without the secret; any makes the exit code 1. It installs
# gitleaks into bin/ if it is not there.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
repos=
for repo in "$@"; do
	repos=$repos${repos:+:}$(cd "$repo" && pwd)
done
cd "$here"
[ -x bin/gitleaks ] || GOFLAGS=-mod=mod GOBIN="$here/bin" go install github.com/zricethezav/gitleaks/v8@v8.30.1
GITLEAKS_EQUAL=$repos go test ./cmd/leakguard -run '^TestGitleaksEqual$' -count 1 -timeout 60m -v
