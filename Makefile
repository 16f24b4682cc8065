# The two commands that matter: make demo, make test.
SHELL := /bin/bash
GO    ?= go
NPM   ?= npm
UI    := web/ui

.PHONY: demo test build release fips bench lint soak setup ui gotest racetest uitest e2e pgtest accuracy conformance

demo: build ## the demonstration hospital; prints url, login and token
	./bin/bedrail demo

test: ## everything that must hold before a change lands
	./internal/tools/ci.sh

build: ui ## bin/bedrail with the pages inside
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/bedrail ./cmd/bedrail

ui: $(UI)/node_modules/.installed ## the pages, built into web/dist
	cd $(UI) && $(NPM) run --silent build

$(UI)/node_modules/.installed: $(UI)/package-lock.json
	cd $(UI) && $(NPM) ci --no-audit --no-fund --loglevel=error
	touch $@

# deb and rpm are written by nfpm, a program of its own, tried with v2.43.4:
# go install github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.4
release: ui ## what a hospital downloads, in dist/; KEY=FILE signs, NFPM=PROGRAM writes deb and rpm
	$(GO) run ./internal/tools/release -verify $(if $(VERSION),-version $(VERSION)) $(if $(KEY),-key $(KEY)) $(if $(NFPM),-nfpm $(NFPM))

fips: ## the cryptography by the validated module only: build, and the tests of what uses it
	./internal/tools/fips.sh

bench: ## our figures beside the peers' that are installed
	./internal/tools/bench.sh

accuracy: ## how right discovery is, by the shared ground truths; writes docs/accuracy.md
	./internal/tools/accuracy.sh

lint:
	./internal/tools/lint.sh

soak: ## long crash, power-cut and fuzz runs; hours; seeds and results go into docs/soak.md
	./internal/tools/soak.sh

conformance: ## scores of the official suites in ../shared; see docs/conformance.md
	./internal/tools/conformance.sh
