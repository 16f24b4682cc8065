#!/usr/bin/env bash
# Formatting, vet, staticcheck, a short golangci list, and known vulnerabilities.
# lint.sh quick leaves out what takes minutes to build.
set -euo pipefail
cd "$(dirname "$0")/../.."
staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2
golangci=github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
govulncheck=golang.org/x/vuln/cmd/govulncheck@v1.9.0

unformatted=$(git ls-files -z '*.go' | xargs -0 gofmt -l)
[ -z "$unformatted" ] || { echo "not formatted (run gofmt -w on them): $unformatted"; exit 1; }
go vet ./...
go run $staticcheck ./...
[ "${1:-}" = quick ] && exit 0
go run $golangci run ./...
if ! go run $govulncheck ./... 2>/tmp/govulncheck.$$; then
  if grep -qiE 'fetch|dial|no such host|timeout|unexpected status|connection' /tmp/govulncheck.$$; then
    echo "LOUD: the vulnerability database could not be reached; known vulnerabilities in our own modules were NOT checked" >&2
  else
    cat /tmp/govulncheck.$$ >&2; rm -f /tmp/govulncheck.$$; exit 1
  fi
fi
rm -f /tmp/govulncheck.$$
