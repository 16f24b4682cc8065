#!/usr/bin/env bash
# How right discovery is, by the ground truths of ../shared/testdata, beside the
# speed of peers that are installed. Writes docs/accuracy.md; run by
# `make accuracy`. Without the captures it writes nothing and says so. What was
# right of the words becomes the calibration that the product carries.
# SPEED=keep leaves the speeds of the page as they are: they want a quiet machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=../shared/testdata/traffic
if [ ! -d "$data" ]; then
  echo "NOT MEASURED: $data is not there; accuracy is judged by its captures" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -n "${BEDRAIL:-}" ]; then # built already
  cp "$BEDRAIL" "$work/bedrail"
else
  CGO_ENABLED=0 go build -trimpath -o "$work/bedrail" ./cmd/bedrail
fi
[ "${SPEED:-}" = keep ] || go run ./internal/tools/benchcap -in "$data" -packets "${PACKETS:-1000000}" -out "$work/bench.pcap" >&2

judge() { # name, truth, captures...
  local name=$1 truth=$2
  shift 2
  echo "## $name"
  echo
  echo '```'
  echo "\$ bedrail discover eval --by-protocol --truth ${truth#../shared/} ($# captures)"
  "$work/bedrail" discover eval --by-protocol --truth "$truth" "$@"
  echo '```'
  echo
}
{
  echo "# Accuracy of discovery"
  echo
  echo "Written by \`make accuracy\` (internal/tools/accuracy.sh) on $(date -u +%F) at commit $(git rev-parse --short HEAD); edit the script, not this page."
  echo "The truths and captures lie in \`testdata/traffic\` of the shared data and are described there. *Total* counts a truth whether or"
  echo "not the wire says it, so recall below 1 is not always a fault of the reader; *wrong* is what matters most, and wrong at"
  echo "*confirmed* must be 0. The lab captures were made with identities of our choosing: they show that protocols are read right, not"
  echo "how well unknown devices are told. iot-sentinel is real devices. Lines of a truth that say the same of one hardware address are one"
  echo "host. The second table of each judges the hosts that were heard speaking a protocol: one that speaks several counts in each."
  echo
  echo "What is promised, and fails \`server/oneshot/discover_test.go\` where it does not hold: on both captures of the lab a recall of 0.95 or"
  echo "more for every attribute and its conflicts shown; of the 18 hosts of iot-sentinel the maker right of 16 or more and the exact model of 12"
  echo "or more; nowhere a value wrong at *confirmed*, and no device invented."
  echo
  judge "lab/hospital-lab" "$data/lab/ground-truth.tsv" "$data/lab/hospital-lab.pcap"
  judge "lab/sdc-lab" "$data/lab/ground-truth.tsv" "$data/lab/sdc-lab.pcap"
  judge "iot-sentinel" "$data/iot-sentinel/ground-truth.tsv" "$data"/iot-sentinel/*/*.pcap
  echo "## What the words are worth"
  echo
  echo "How often a value with each status was right, with the interval that holds the true share with 95 % (Wilson), on the real devices"
  echo "of iot-sentinel alone: the identities of the lab are ours. A share is told beside a word, on the screens and in the interface,"
  echo "only where at least 30 values were judged and by the very rules that are in use; until then the word and its reasons stand alone."
  echo "The counts are carried in \`asset/data/calibration.json\`. A hospital that knows more of its own devices writes its own:"
  echo "\`bedrail discover eval --truth FILE.tsv --calibrate FILE CAPTURE...\`, and names it in \`rules.calibration\`."
  echo
  echo '```'
  "$work/bedrail" discover eval --truth "$data/iot-sentinel/ground-truth.tsv" --calibrate "$work/calibration.json" "$data"/iot-sentinel/*/*.pcap 2>&1 >/dev/null | grep ' interval '
  echo '```'
  echo
} >"$work/accuracy.md"
if [ "${SPEED:-}" = keep ]; then
  sed -n '/^## Speed/,$p' docs/accuracy.md >>"$work/accuracy.md"
else {
  echo "## Speed, beside peers on the same file"
  echo
  echo "The merged captures, repeated with shifted times and addresses ($(stat -c %s "$work/bench.pcap") bytes); CPU seconds count, since"
  echo "the machine may be shared. A peer that is not installed is named as not measured. Measured on $(date -u +%F) at commit $(git rev-parse --short HEAD)."
  echo
  echo '```'
  go run ./internal/tools/bench/discovery -bedrail "$work/bedrail" "$work/bench.pcap" 2>&1
  echo '```'
} >>"$work/accuracy.md"
fi
mv "$work/accuracy.md" docs/accuracy.md
mv "$work/calibration.json" asset/data/calibration.json
echo "wrote docs/accuracy.md and asset/data/calibration.json"
