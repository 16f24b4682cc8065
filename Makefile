# The two commands that matter: make demo, make test.
SHELL := /bin/bash
GO    ?= go
NPM   ?= npm
UI    := web/ui

.PHONY: demo test build bench lint soak setup ui gotest racetest uitest e2e pgtest accuracy conformance

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
