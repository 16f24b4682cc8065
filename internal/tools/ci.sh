#!/usr/bin/env bash
# What make test runs, in order; each step names itself and its seconds.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CGO_ENABLED=${CGO_ENABLED:-1}
npm=${NPM:-npm}

step() {
  local name=$1 from=$SECONDS; shift
  echo "== $name"
  "$@" || { echo "FAILED: $name" >&2; exit 1; }
  echo "== $name: $((SECONDS - from)) s"
}

# Packages in which goroutines share memory. The store is load-tested without
# the race detector, under which its engine is some forty times slower.
racing="./bus ./capture ./traffic ./job ./door ./lobby ./exchange ./mllp ./dimse ./mqtt ./fhirrest ./hook ./drop ./lis ./dicomweb ./analytics ./quality ./sensor ./outpost ./notify ./cmms ./server/..."

step setup internal/tools/setup.sh initdb=postgresql chromium=chromium gcc=gcc \
  storescu=dcmtk Orthanc=orthanc mosquitto=mosquitto mosquitto_pub=mosquitto-clients mllp_send=python3-hl7 /usr/share/orthanc/plugins/libOrthancDicomWeb.so=orthanc-dicomweb
step "go without pages" env CGO_ENABLED=0 go build ./...
step lint internal/tools/lint.sh quick
step "pages: packages" make --no-print-directory web/ui/node_modules/.installed
step "pages: types, lint, locales" bash -c "cd web/ui && $npm run --silent typecheck && $npm run --silent lint && $npm run --silent check:locales && $npm run --silent check:types"
step "pages: tests" bash -c "cd web/ui && $npm run --silent test"
step "pages: build and size" bash -c "cd web/ui && $npm run --silent build && $npm run --silent check:size"
step "peers from npm" bash -c "cd server/testdata/peers && $npm ci --no-audit --no-fund --loglevel=error"
step "go tests" go test ./...
# Journeys, and a release of a whole hospital, ran above; under the race
# detector they would take longer than all the rest.
step "go tests: race" go test -race -short -timeout 20m -skip '^(TestJourneys|TestNobodyIsInARelease)$' $racing
step "postgresql" go run ./internal/tools/pgtemp go test -count=1 ./store/... ./audit/... ./access/... ./asset/... ./exchange/... ./desk/... ./quality/... ./sensor/... ./recall/... ./release/...
step "postgresql: nodes" go run ./internal/tools/pgtemp go test -count=1 ./server -run 'StandbyTakesOver|LostItsPlace|LostWhateverIsKilled/postgres'
step binary env CGO_ENABLED=0 go build -trimpath -o bin/bedrail ./cmd/bedrail
step "browser journeys" internal/tools/e2e.sh
