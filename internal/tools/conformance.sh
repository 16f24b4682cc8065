#!/usr/bin/env bash
# The scores of the official suites, run as they are published. They are not
# part of this repository: BEDRAIL_SUITES names their folder.
set -uo pipefail
cd "$(dirname "$0")/../.."
suites=${BEDRAIL_SUITES:-../shared/testdata/exchange}
if [ ! -d "$suites" ]; then
  echo "LOUD: the suites are not in $suites; nothing was measured" >&2
  exit 0
fi
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
go build -o "$bin/bedrail" ./cmd/bedrail || exit 1

# Cases that come out otherwise are explained in docs/conformance.md, so exit
# status 3 (findings) is no failure of the run itself.
score() {
  "$bin/bedrail" conformance "$@" | tail -n "${lines:-1}"
  local status=${PIPESTATUS[0]}
  [ "$status" = 0 ] || [ "$status" = 3 ] || { echo "conformance $1 ended with $status" >&2; exit 1; }
}
score ucum "$suites/ucum/UcumFunctionalTests.xml"
score fhirpath "$suites/fhir-test-cases/r4/fhirpath/tests-fhir-r4.xml"
lines=3 score fhir-validator "$suites/fhir-test-cases/validator/manifest.json"

echo "point-of-care device guide:"
"$bin/bedrail" message validate "$suites/pocd-ig/input/examples" --definitions "$suites/pocd-ig/input" -o json |
  grep -c '"valid": *true' | sed "s|\$| of $(ls "$suites/pocd-ig/input/examples" | wc -l) examples valid against its profiles|"
