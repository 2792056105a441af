# What there is to do in this repository: `make help`.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules --no-print-directory

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOFUMPT       := mvdan.cc/gofumpt@v0.12.0
GOVULNCHECK   := golang.org/x/vuln/cmd/govulncheck@v1.9.0

# How long each fuzz target runs.
FUZZTIME ?= 15s

# Every module is worked on by itself: go.work is one build list, and would test an
# adapter on another one's dependencies. It is for editors and `go run ./examples/…`.
MODULES := $(sort $(patsubst ./%/go.mod,%,$(shell find . -name go.mod -not -path '*/testdata/*')))
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
test: ## test every module in random order, with -race where a C compiler is
	@$(call each,go test $(RACE) -shuffle=on ./...)
	@echo "== cmd/sendsar-webhook, what the race detector makes too slow"
	@cd cmd/sendsar-webhook && GOWORK=off go test -shuffle=on ./internal/diagnose
	@cd .ci/postgrestest && GOWORK=off go run ./cmd -check
	@command -v chromium chromium-browser google-chrome >/dev/null || \
		echo "NOT TESTED: the page of sendsar-webhook listen in a browser: apt-get install chromium"

.PHONY: race
race: ## test every module with the race detector, which needs a C compiler
	@$(call each,CGO_ENABLED=1 go test -race -shuffle=on ./...)

.PHONY: vet
vet: ## go vet in every module
	@$(call each,go vet ./...)

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
docs: ## check what the documents and workflows say: code, links, names, counts
	@cd .ci/docs && GOWORK=off go test ./...
	@go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (15s)
	@$(call each,"$(CURDIR)/.ci/fuzz" $(FUZZTIME))
	@echo "== .ci/frameworks on the newest versions"
	@cd .ci/frameworks && GOWORK=off GOFLAGS="$(ON_NEWEST)" ../fuzz $(FUZZTIME)

# Each adapter's own go.mod requires a floor; .ci/newest is the other build list.
ADAPTERS  := $(filter-out adapters/internal/%,$(filter adapters/%,$(MODULES)))
ON_NEWEST  = $(shell go env GOFLAGS) -modfile=../newest/go.mod

.PHONY: test-newest
test-newest: ## test every adapter on the newest versions of its framework
	@cd .ci/newest && GOWORK=off go test $(RACE) -shuffle=on $(ADAPTERS:%=github.com/sendsar-community/webhooks-go/%)
	@cd .ci/frameworks && GOWORK=off GOFLAGS="$(ON_NEWEST)" go test $(RACE) -shuffle=on ./...

# In FIPS 140-only mode crypto/hmac refuses keys under 112 bits, which these tests sign with.
SHORT_KEYS := FuzzNew|FuzzVerify|TestWithUncheckedSecrets|TestPreviousSecretsAreCounted|TestPublishedVectors|TestRFC4231|TestSign$$|TestVerifierThatAcceptsNothing

.PHONY: test-fips
test-fips: ## test core in Go's FIPS 140 modes, and what it allocates, which -race would hide
	@cd core && export GOWORK=off && GODEBUG=fips140=on go test -shuffle=on ./... && \
		GODEBUG=fips140=only go test -shuffle=on -skip '$(SHORT_KEYS)' ./webhook

.PHONY: planted
planted: ## put about 260 bugs into core and the adapters, list those that no test notices (one to two hours)
	@cd .ci/planted && GOWORK=off go run .

.PHONY: bench
bench: ## measure beside other libraries, rewrite adapters/internal/benchmarks/RESULTS.md (minutes)
	@cd adapters/internal/benchmarks && GOWORK=off go run .

.PHONY: bench-inbox
bench-inbox: ## measure the inbox on SQLite and PostgreSQL, rewrite adapters/internal/inboxbench/RESULTS.md (minutes)
	@cd adapters/internal/inboxbench && GOWORK=off go run .

.PHONY: consumer-proof
consumer-proof: ## fetch each released module at HEAD as a stranger would, and use it
	@cd .ci/release && GOWORK=off go run ./consumer

.PHONY: api
api: ## record in .ci/api what the released modules export, which the tests compare
	@cd .ci/release && GOWORK=off go test -count=1 ./api -update

.PHONY: vulncheck
vulncheck: ## look for known vulnerabilities in every module; needs the network
	@$(call each,go run $(GOVULNCHECK) ./...)

.PHONY: release
release: ## release VERSION=v1.2.3: commit it if CHECKS (ci) pass; PUSH=1 tags and pushes it
	@cd .ci/release && GOWORK=off go run . -version "$${VERSION-}" -checks "$${CHECKS-ci}" -push="$${PUSH:-0}"

.PHONY: ci
ci: fmt-check generate-check vet lint tidy-check test test-fips test-newest docs consumer-proof demo fuzz ## everything that must pass before a change lands
