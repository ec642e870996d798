# Everything here works with Go, git and gcc (for the race detector); what needs
# more says so.

GO ?= go
FUZZTIME ?= 60s
# Where make train writes the model.
MODEL ?= detectors/generic/secrets.model
# Packages under testdata, which ./... leaves out.
FIXTURES = ./testdata/gitrepo ./testdata/cilogs ./testdata/fakegithub ./testdata/postgresql ./testdata/githttp ./testdata/gitfleet

.PHONY: build test soak lint bench fuzz generate train clean

build: ## bin/leakguard
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/leakguard ./cmd/leakguard

# The tests of the command run it as a whole, some thousand times: all of them
# without the race detector, and with it those that read most in parallel.
test: ## all tests, with the race detector
	CGO_ENABLED=1 $(GO) test -timeout 30m -race $$($(GO) list ./... | grep -v /cmd/) $(FIXTURES)
	$(GO) test -timeout 30m ./cmd/...
	CGO_ENABLED=1 $(GO) test -race -run 'TestHidden|TestInterrupted|TestScanLogs' ./cmd/...

soak: ## 5,000 issues under the limits of GitHub's API; a sweep of 1,000 repositories, sweeps that are killed, and how fast workers are: an hour or two
	LEAKGUARD_SOAK=1 $(GO) test -count=1 -v -timeout 60m -run 'TestSoak$$' ./action/remediate
	LEAKGUARD_SOAK=1 $(GO) test -count=1 -v -timeout 4h ./action/sweep

lint: ## gofmt, vet and staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	$(GO) vet ./... $(FIXTURES)
	$(GO) tool staticcheck ./... $(FIXTURES)

generate: ## compile the provider files into Go data
	$(GO) generate ./detectors/...

train: ## learn the model of secrets without an issuer from the folder LABELLED, and measure it: see docs/model.md
	@test -n "$(LABELLED)" || { echo "usage: make train LABELLED=DIR" >&2; exit 2; }
	$(GO) run ./detectors/generic/train --labelled "$(LABELLED)" --ablate \
		--out $(MODEL) --curve docs/model-curve.svg --page docs/model.md

bench: ## benchmarks of the engine and of whole scans, for benchstat
	$(GO) test -run '^$$' -bench . -benchmem ./detectors/... ./scanner/...

fuzz: ## each fuzz target for FUZZTIME
	@set -e; for pkg in $$($(GO) list ./...); do \
		dir=$$($(GO) list -f '{{.Dir}}' $$pkg); \
		for target in $$(cat $$dir/*_test.go 2>/dev/null | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p'); do \
			echo "== $$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg; \
		done; \
	done

clean:
	rm -rf bin
