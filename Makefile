# What there is to do in this repository: `make help`.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules --no-print-directory

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOFUMPT       := mvdan.cc/gofumpt@v0.12.0
GOVULNCHECK   := golang.org/x/vuln/cmd/govulncheck@v1.9.0
GORELEASER    := github.com/goreleaser/goreleaser/v2@v2.15.4
CYCLONEDX     := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

# How long each fuzz target runs.
FUZZTIME ?= 15s

# Every module is worked on by itself: go.work is one build list, and would test an
# adapter on another one's dependencies. It is for editors and `go run ./examples/…`.
MODULES := $(sort $(patsubst ./%/go.mod,%,$(shell find . -name go.mod -not -path '*/testdata/*')))
# What users get and start from, and what checks the repository itself.
# The slow ones come first, so that none of them is left alone at the end.
SLOW       := core cmd/sendsar-webhook adapters/river examples/inbox
PRODUCT    := $(SLOW) $(filter-out $(SLOW) adapters/internal/%,$(filter adapters/% cmd/% examples/%,$(MODULES)))
REPOSITORY := $(filter-out $(PRODUCT) .ci/docs,$(MODULES)) # make docs runs those of .ci/docs
each     = for module in $(MODULES); do echo "== $$module"; (cd "$$module" && export GOWORK=off && $(1)) || exit 1; done

# Go turns cgo off where there is no C compiler, and -race needs one.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race,)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## start every example, deliver to each over TCP, print one table
	@cd examples/demo && GOWORK=off go run . -examples ..

.PHONY: test
test: ## test core, the adapters, the command and the examples in three minutes, with -race where a C compiler is
	@.ci/test -short $(RACE) $(PRODUCT)
	@cd .ci/postgrestest && GOWORK=off go run ./cmd -check

.PHONY: test-all
test-all: ## the same with everything that takes longer: crashes, browsers, more settings and drivers
	@.ci/test $(RACE) $(PRODUCT)
	@cd .ci/postgrestest && GOWORK=off go run ./cmd -check
	@command -v chromium chromium-browser google-chrome >/dev/null || \
		echo "NOT TESTED: the page of sendsar-webhook listen in a browser: apt-get install chromium"
	@cd cmd/sendsar-webhook && GOWORK=off go test -shuffle=on ./internal/diagnose # -race leaves out the slowest

.PHONY: test-repository
test-repository: ## test what checks the repository: benchmarks, tests across frameworks, .ci
	@.ci/test $(RACE) $(REPOSITORY)

.PHONY: race
race: ## test every module with the race detector, which needs a C compiler
	@$(call each,CGO_ENABLED=1 go test -race -shuffle=on ./...)

.PHONY: vet
vet: ## go vet in every module
	@$(call each,go vet ./...)

.PHONY: vet-systems
vet-systems: ## go vet what users get for Windows and macOS, where this repository never runs it
	@for system in windows darwin; do for module in core cmd/sendsar-webhook $(ADAPTERS); do echo "== $$module on $$system"; \
		(cd "$$module" && GOWORK=off CGO_ENABLED=0 GOOS=$$system go vet ./...) || exit 1; done; done

.PHONY: lint
lint: ## golangci-lint in every module
	@$(call each,go run $(GOLANGCI_LINT) run ./...)

.PHONY: fmt
fmt: ## format everything with gofumpt
	@go run $(GOFUMPT) -l -w . .ci

.PHONY: fmt-check
fmt-check: ## fail if something is not formatted
	@unformatted=$$(go run $(GOFUMPT) -l . .ci); \
	if [ -n "$$unformatted" ]; then printf 'not formatted, run make fmt:\n%s\n' "$$unformatted"; exit 1; fi

.PHONY: generate
generate: ## make the older majors' files from the newer ones
	@cd .ci/majors && GOWORK=off go run .

.PHONY: generate-check
generate-check: ## fail if a generated file is out of date
	@cd .ci/majors && GOWORK=off go run . -check

.PHONY: tidy-check
tidy-check: ## fail if a go.mod or go.sum is not tidy
	@$(call each,go mod tidy -diff)

.PHONY: docs
docs: ## check what the documents and workflows say: code, links, names
	@cd .ci/docs && GOWORK=off go test -count=1 ./... # the documents are not in its cache's key
	@go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (15s)
	@$(call each,"$(CURDIR)/.ci/fuzz" $(FUZZTIME))
	@echo "== adapters/internal/frameworks on the newest versions"
	@$(on_newest) "$(CURDIR)/.ci/fuzz" $(FUZZTIME)

# Each adapter's own go.mod requires a floor; .ci/newest is the other build list. Its copy here
# has paths from another folder.
ADAPTERS  := $(filter adapters/%,$(PRODUCT))
on_newest  = cd adapters/internal/frameworks && cp "$(CURDIR)/.ci/newest/go.sum" newest.sum && \
	sed 's|=> ../../|=> ../../../|' "$(CURDIR)/.ci/newest/go.mod" > newest.mod && GOWORK=off GOFLAGS="$$(go env GOFLAGS) -modfile=newest.mod"

.PHONY: test-newest
test-newest: ## test every adapter on the newest versions of its framework
	@cd .ci/newest && GOWORK=off go test $(RACE) -shuffle=on $(ADAPTERS:%=github.com/sendsar-community/webhooks-go/%)
	@$(on_newest) go test $(RACE) -shuffle=on ./...

# In FIPS 140-only mode crypto/hmac refuses keys under 112 bits, which these tests sign with.
SHORT_KEYS := FuzzNew|FuzzVerify|TestWithUncheckedSecrets|TestPreviousSecretsAreCounted|TestPublishedVectors|TestRFC4231|TestSign$$|TestVerifierThatAcceptsNothing

.PHONY: test-fips
test-fips: ## test core in Go's FIPS 140 modes, and what it allocates, which -race would hide
	@cd core && export GOWORK=off && GODEBUG=fips140=on go test -shuffle=on ./... && \
		GODEBUG=fips140=only go test -shuffle=on -skip '$(SHORT_KEYS)' ./webhook

.PHONY: planted
planted: ## put about 260 bugs into core and the adapters, list those that no test notices (one to two hours)
	@cd .ci/planted && GOWORK=off go run .

# One pass over all benchmarks after another, so that what the machine does besides touches
# all of them; benchstat takes the medians.
ROUNDS ?= 10
BENCH   = GOWORK=off go test -run '^$$'

.PHONY: bench
bench: ## measure beside other libraries, rewrite adapters/internal/benchmarks/RESULTS.md (ROUNDS=10; ten minutes)
	@cd adapters/internal/benchmarks && rm -f bench.txt && for round in $$(seq $(ROUNDS)); do \
		$(BENCH) -bench 'Verify|Request|Refused|Chain' -benchtime 50ms -cpu 1 . >> bench.txt && \
		$(BENCH) -bench Parallel -benchtime 50ms -cpu 1,2 . >> bench.txt && \
		$(BENCH) -bench Loopback -benchtime 100ms . >> bench.txt || exit 1; done && \
		$(BENCH) -bench Held -benchtime 1x -count 3 . >> bench.txt && GOWORK=off go run ./results -chart Request .

.PHONY: bench-inbox
bench-inbox: ## measure the inbox on SQLite and PostgreSQL, rewrite adapters/internal/inboxbench/RESULTS.md (minutes)
	@cd adapters/internal/inboxbench && rm -f bench.txt && for round in $$(seq $(ROUNDS)); do \
		$(BENCH) -bench Store -benchtime 1000x . >> bench.txt && \
		$(BENCH) -bench Keys -benchtime 1000x . >> bench.txt || exit 1; done
	@cd adapters/internal/benchmarks && GOWORK=off go run ./results ../inboxbench

.PHONY: simulation
simulation: ## show an inbox under a burst, a slow database and a restart (half a minute)
	@cd examples/inbox && GOWORK=off go run ./simulation

.PHONY: consumer-proof
consumer-proof: ## fetch each released module at HEAD as a stranger would, and use it
	@cd .ci/release && GOWORK=off go test -count=1 -timeout 30m -v -run TestConsumers .

.PHONY: api
api: ## record in .ci/api what the released modules export, which the tests compare
	@cd .ci/release && GOWORK=off go test -count=1 -run TestEachModuleExports . -update

.PHONY: binaries
binaries: ## build the command's binaries for VERSION=v1.2.3 into dist, with checksums and an SBOM
	@GORELEASER_CURRENT_TAG="$${VERSION:?}" go run $(GORELEASER) release --clean --skip=announce,publish,validate
	@cd cmd/sendsar-webhook && GOWORK=off go run $(CYCLONEDX) app -json -licenses -output ../../dist/sendsar-webhook.cdx.json .
	@sed -n "/^## \[$${VERSION#v}\]/,/^## \[/{/^## /d;p}" CHANGELOG.md > dist/notes.md

.PHONY: vulncheck
vulncheck: ## look for known vulnerabilities in every module; needs the network
	@$(call each,go run $(GOVULNCHECK) ./...)

.PHONY: ci
ci: fmt-check generate-check vet lint tidy-check test-all test-repository test-fips test-newest docs demo fuzz simulation ## everything that must pass before a change lands
