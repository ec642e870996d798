# Everything here works with Go, git and gcc (for the race detector); what needs
# more says so.

GO ?= go
FUZZTIME ?= 60s
# The part of their whole size that the tests of make soak have.
SOAK ?= 1
# Where make train writes the model.
MODEL ?= detectors/generic/secrets.model
# Packages under testdata, which ./... leaves out.
FIXTURES = ./testdata/gitrepo ./testdata/cilogs ./testdata/fakegithub ./testdata/postgresql ./testdata/githttp ./testdata/gitfleet ./testdata/tomlschema ./testdata/precision

.PHONY: build test soak lint bench fuzz generate train clean

build: ## bin/leakguard
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/leakguard ./cmd/leakguard

# The tests of the command run it as a whole, some thousand times: all of them
# without the race detector, and with it those that read most in parallel.
test: ## all tests, with the race detector
	CGO_ENABLED=1 $(GO) test -timeout 30m -race $$($(GO) list ./... | grep -v /cmd/) $(FIXTURES)
	$(GO) test -timeout 30m ./cmd/...
	CGO_ENABLED=1 $(GO) test -race -run 'TestHidden|TestInterrupted|TestScanLogs' ./cmd/...

soak: ## what takes an hour or two: issues and sweeps of 1,000 repositories under the limits of APIs, killed, counted and measured; SOAK=0.1 has a tenth of it
	LEAKGUARD_SOAK=$(SOAK) $(GO) test -count=1 -v -timeout 60m -run 'TestSoak$$' ./action/remediate
	LEAKGUARD_SOAK=$(SOAK) $(GO) test -count=1 -v -run 'TestResident$$' ./scanner/git/pack
	LEAKGUARD_SOAK=$(SOAK) $(GO) test -count=1 -v -timeout 4h -run '^(TestLimits|TestThroughput|TestSurvives|TestSoak|TestTightDisk|TestMigration.*)$$' ./action/sweep ./action/ledger

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
