#!/bin/sh
# Counts findings per million lines of leakguard, by its levels of confidence, and
# of gitleaks 8.30.1, on the same folders, and what leakguard could not read:
#
#	bench/precision.sh [--judged | --unjudged | --draw SEED] FOLDER...
#
# A finding is one occurrence; lines are line ends of all files, for both tools.
# Nothing is verified. It installs gitleaks into bin/ if it is not there.
#
# --judged says at the end how many findings are right, by those that were judged one by
# one (judged.tsv and fresh.tsv in testdata/precision); --unjudged lists the others; --draw prints a new
# sample to be judged. A folder must be called as the corpus is there.
set -eu

usage() {
	echo "usage: bench/precision.sh [--judged | --unjudged | --draw SEED] FOLDER..." >&2
	exit 2
}
judged='' reveal='' redact=--redact
case ${1-} in
--judged) judged=yes ;;
--unjudged) judged=-unjudged ;;
--draw) [ $# -gt 1 ] || usage; judged=-draw=$2; shift ;;
-*) usage ;;
esac
if [ -n "$judged" ]; then # a judged value is known by its hash, so the reports must hold it
	reveal=--reveal redact=--redact=0
	shift
fi
[ $# -gt 0 ] || usage
bin=$(cd "$(dirname "$0")/.." && pwd)/bin
(
	cd "$bin/.."
	CGO_ENABLED=0 go build -o bin/leakguard ./cmd/leakguard
	[ -x bin/gitleaks ] || GOFLAGS=-mod=mod GOBIN="$bin" go install github.com/zricethezav/gitleaks/v8@v8.30.1
)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# scanned FILE CODE COMPLETE...: fails unless the exit code is one of those that
# mean a report was written.
scanned() {
	report=$1 code=$2
	shift 2
	for ok in "$@"; do
		[ "$code" -ne "$ok" ] || [ ! -s "$report" ] || return 0
	done
	echo "a scan failed with exit code $code" >&2
	exit 2
}

printf '%-16s %-10s %-28s %9s %12s\n' folder level rule findings 'per Mlines'
for folder in "$@"; do
	folder=$(cd "$folder" && pwd)
	name=$(basename "$folder")
	[ ! -e "$tmp/$name.lines" ] || { echo "two folders are called $name" >&2; exit 2; }
	lines=$(find "$folder" -type f -exec cat {} + | wc -l)
	echo "$lines" >"$tmp/$name.lines"
	code=0
	"$bin/leakguard" scan files "$folder" --offline --confidence low --no-progress $reveal \
		--report json="$tmp/$name.leakguard.json" || code=$?
	scanned "$tmp/$name.leakguard.json" "$code" 0 1 3
	code=0
	(cd "$folder/.." && "$bin/gitleaks" dir "$name" --no-banner $redact --log-level error \
		--report-format json --report-path "$tmp/$name.gitleaks.json") || code=$?
	scanned "$tmp/$name.gitleaks.json" "$code" 0 1

	# Both reports have one key a line, and an occurrence one "startLine".
	{
		awk -F'"' '$2 == "suppressed" { exit } $2 == "rule" { rule = $4 } $2 == "confidence" { level = $4 }
			$2 == "startLine" { print level, rule; print level, "(all)" }' "$tmp/$name.leakguard.json"
		awk -F'"' '$2 == "RuleID" { print "gitleaks", $4; print "gitleaks", "(all)" }' "$tmp/$name.gitleaks.json"
	} | sort | uniq -c | awk -v folder="$name" -v lines="$lines" \
		'{ printf "%-16s %-10s %-28s %9d %12.2f\n", folder, $2, $3, $1, lines ? $1 * 1e6 / lines : 0 }'
	printf '%-16s %-10s %-28s %9d\n' "$name" lines - "$lines"
	awk -F'"' -v folder="$name" '$2 == "gaps" { inside = 1 } inside && $2 == "why" { n[$4]++ } $2 == "excluded" { inside = 0 }
		END { for (why in n) printf "%-16s gap: %s (%d)\n", folder, why, n[why] }' "$tmp/$name.leakguard.json" | sort
done

case $judged in
'') ;;
yes)
	cd "$bin/.."
	go run ./testdata/precision "$tmp"
	echo "of the findings that were judged after the first ones had been mended:"
	go run ./testdata/precision -judged testdata/precision/fresh.tsv "$tmp"
	;;
*) cd "$bin/.." && go run ./testdata/precision "$judged" "$tmp" ;;
esac
