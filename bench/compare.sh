#!/bin/sh
# Compares whole runs of leakguard with gitleaks 8.30.1 and with git log -p, on
# the history of each repository given:
#
#	bench/compare.sh REPO...
#
# Runs are interleaved, so that a busy machine is unfair to nobody; printed are
# the medians of wall and CPU time, peak memory, and the ratios to leakguard's.
# ROUNDS (default 3) is the number of runs of each. It needs GNU time, and
# installs gitleaks into bin/ if it is not there.
set -eu

cd "$(dirname "$0")/.."
rounds=${ROUNDS:-3}
[ $# -gt 0 ] || { echo "usage: bench/compare.sh REPO..." >&2; exit 2; }
[ -x /usr/bin/time ] || { echo "GNU time is needed: apt-get install time" >&2; exit 2; }
CGO_ENABLED=0 go build -o bin/leakguard ./cmd/leakguard
[ -x bin/gitleaks ] || GOFLAGS=-mod=mod GOBIN="$PWD/bin" go install github.com/zricethezav/gitleaks/v8@v8.30.1

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# measure NAME COMMAND...: appends "wall cpu KiB" to $tmp/NAME.
measure() {
	name=$1
	shift
	/usr/bin/time -o "$tmp/one" -f '%e %U %S %M' "$@" >/dev/null 2>&1 || true
	tail -n 1 "$tmp/one" | awk '{ print $1, $2 + $3, $4 }' >>"$tmp/$name"
}

# median NAME COLUMN
median() {
	sort -n -k "$2,$2" "$tmp/$1" | awk -v c="$2" '{ v[NR] = $c } END { print v[int((NR + 1) / 2)] }'
}

printf '%-28s %-14s %9s %9s %9s %12s %12s\n' repository tool 'wall s' 'CPU s' 'MiB' 'wall ratio' 'CPU ratio'
for repo in "$@"; do
	rm -f "$tmp/leakguard" "$tmp/gitleaks" "$tmp/log"
	for _ in $(seq "$rounds"); do
		measure leakguard bin/leakguard scan git "$repo" --report json
		measure gitleaks bin/gitleaks git "$repo" --no-banner --report-format json --report-path "$tmp/report"
		measure log git -C "$repo" log -p -U0 --all
	done
	for tool in leakguard gitleaks log; do
		awk -v repo="$(basename "$(dirname "$repo/.")")" -v tool="$tool" \
			-v w="$(median $tool 1)" -v c="$(median $tool 2)" -v m="$(median $tool 3)" \
			-v w0="$(median leakguard 1)" -v c0="$(median leakguard 2)" \
			'BEGIN { printf "%-28s %-14s %9.2f %9.2f %9.0f %11.1fx %11.1fx\n", repo, tool, w, c, m / 1024, w / w0, c / c0 }'
	done
done
