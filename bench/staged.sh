#!/bin/sh
# Compares scan staged with git diff --cached --raw, process start included, in a
# repository of FILES (default 5000) files of which two are staged. Needs
# hyperfine.
set -eu

cd "$(dirname "$0")/.."
CGO_ENABLED=0 go build -o bin/leakguard ./cmd/leakguard
leakguard=$PWD/bin/leakguard
repo=$(mktemp -d)
trap 'rm -rf "$repo"' EXIT
cd "$repo"
git init -q
i=0
while [ "$i" -lt "${FILES:-5000}" ]; do
	mkdir -p "d$((i % 100))"
	echo "file $i" >"d$((i % 100))/f$i"
	i=$((i + 1))
done
git add .
git -c user.name=x -c user.email=x@example.com commit -q -m all
echo changed >>d1/f1
echo changed >>d2/f2
git add .
hyperfine -N --warmup 5 --runs "${RUNS:-50}" \
	-n 'git diff --cached --raw' 'git diff --cached --raw' \
	-n 'leakguard scan staged' "$leakguard scan staged --report json"
