#!/usr/bin/env bash
# The long runs: kill -9, power cuts, fuzzing. Seeds are printed; write results
# into docs/soak.md. SOAK_FUZZ is the time per fuzz test (default 5m).
set -uo pipefail
cd "$(dirname "$0")/../.."
failed=0
run() { echo "== $*"; "$@" || failed=1; }
run env BEDRAIL_SOAK_KILLS=${SOAK_KILLS:-20} go test -count=1 -timeout 60m -run EveryObservation.*Killed -v ./server
run env BEDRAIL_SOAK_KILLS=${SOAK_MESSAGE_KILLS:-200} go test -count=1 -timeout 120m -run NoAcknowledgedMessage.*Killed -v ./server
run env BEDRAIL_SOAK=1 go test -count=1 -timeout 120m -run 'Power' -v ./store
for pkg in $(go list ./...); do
  dir=${pkg#bedrail/}; [ "$dir" = bedrail ] && continue
  for fuzz in $(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go 2>/dev/null | sed 's/^func //'); do
    run go test -run '^$' -fuzz "^$fuzz\$" -fuzztime "${SOAK_FUZZ:-5m}" "./$dir"
  done
done
exit $failed
