# The two commands of the README are "make demo" and "make test".
SHELL := /bin/bash -o pipefail
export PATH := $(PATH):/usr/sbin
.DEFAULT_GOAL := help

# What "make demo" compiles: any name that "kube-anywhere init --list-examples" shows.
EXAMPLE ?= ha-flatcar
# How long "make fuzz" stays with each target.
FUZZTIME ?= 30s
# A release sets it; otherwise Go stamps the commit.
VERSION ?=
PREFIX ?= /usr/local

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
BIN := bin/kube-anywhere
# upstream is left out: it compiles all of Kubernetes, and has its own target.
E2E_PACKAGES := go list ./... | grep -v /upstream
# Go stamps the commit only where git can be asked (a tarball has none).
VCS := $(shell git status >/dev/null 2>&1 && echo auto || echo false)

.PHONY: help
help: ## List what there is to make
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/kube-anywhere
	CGO_ENABLED=0 go build -trimpath -buildvcs=$(VCS) \
		-ldflags "-s -w $(if $(VERSION),-X main.version=$(VERSION))" -o $(BIN) ./cmd/kube-anywhere

.PHONY: demo
demo: build ## Compile an example into out/, with its keys in pki/
	$(BIN) init --example $(EXAMPLE) | $(BIN) compile -f - -o out --pki pki/$(EXAMPLE)

.PHONY: test
test: tools lint ## Run every check (installs the tools that are missing)
	go test -timeout 20m ./...
	cd e2e && go test $$($(E2E_PACKAGES))
	$(MAKE) infra-check

.PHONY: lint
lint: ## Check format, go vet and staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go')); \
	if [ -n "$$unformatted" ]; then echo "run gofmt -w on:" $$unformatted; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	cd e2e && packages=$$($(E2E_PACKAGES)) && go vet $$packages && go run $(STATICCHECK) $$packages

.PHONY: tools
tools: ## Install the programs that tests run
	@.ci/tools

# Never from Go's cache, which does not know that the compiler is looked at.
.PHONY: upstream-check
upstream-check: ## Hand what is emitted to Kubernetes' and etcd's own validation
	cd e2e && go test -count=1 -timeout 30m ./upstream

# TOFU=terraform checks with the one in PATH; without it OpenTofu is built. go
# test shows how far it is only where it is given no packages. staticcheck would
# look at all that the scanner is made of: go vet alone reads that program.
.PHONY: infra-check
infra-check: ## Hand emitted infrastructure to Terraform, a linter and a scanner
	@echo "infra-check builds OpenTofu, tflint and a scanner when it runs first: 11 minutes on 2 processors, and 3 after that"
	cd e2e/iac && go vet ./... && go run $(STATICCHECK) ./...
	cd e2e/iac && go test $$(go list ./... | tail -n +2)
	cd e2e/iac && TOFU=$(TOFU) go test -count=1 -timeout 25m
	cd e2e/iac/tools/lint && go vet ./scan

# CASE=a runs one of them; "make e2e-list" tells which there are.
.PHONY: e2e
e2e: upstream-check ## Boot real machines and assert working clusters (root, about an hour)
	cd e2e && go run ./cmd/e2e run $(CASE)

.PHONY: e2e-shell
e2e-shell: ## Run CASE=…, leave its machines up, and say how to reach them
	cd e2e && go run ./cmd/e2e shell $(CASE)

# CASE=bios, uefi, proxy or selfcheck runs one of them.
.PHONY: e2e-pxe
e2e-pxe: ## Boot machines over the network, BIOS and UEFI (root, minutes)
	cd e2e && go run ./cmd/pxe $(CASE)

.PHONY: e2e-list
e2e-list: ## List the cases of make e2e
	@cd e2e && go run ./cmd/e2e list

.PHONY: bench
bench: ## Measure speed, memory and sizes, beside kubeadm
	go test -run '^$$' -bench . -benchmem -timeout 60m ./...

.PHONY: fuzz
fuzz: ## Fuzz the parser and the encoders, each for FUZZTIME
	@for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' "$$package" | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package" || exit 1; \
		done; \
	done

.PHONY: generate
generate: ## Rewrite docs/cli, docs/config.md and the golden files
	go test $$(grep -rl --include='*_test.go' 'flag.Bool("update"' cmd schema certs compiler | \
		xargs -n 1 dirname | sort -u | sed 's|^|./|') -update

.PHONY: install
install: build ## Install the program into PREFIX/bin
	install -D -m 0755 $(BIN) $(DESTDIR)$(PREFIX)/bin/kube-anywhere

.PHONY: clean
clean: ## Remove what was built; pki/ holds keys and stays
	rm -rf bin out
