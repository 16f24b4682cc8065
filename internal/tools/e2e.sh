#!/usr/bin/env bash
# Walks every screen of a running demonstration in Chromium: both themes, both
# densities, axe, content security policy, console; then does the main tasks by
# keyboard alone, goes through exposure as an analyst, a buyer and an auditor,
# goes through discovery as a clinical engineer, connects devices as an integration
# engineer, tries what stands around every page, takes every tour, prints, lets every event happen, and begins anew with a
# list of its own. Takes bin/bedrail.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
program=$PWD/bin/bedrail
own=
trap 'kill "$demo" $own 2>/dev/null; wait "$demo" $own 2>/dev/null; rm -rf "$out"' EXIT
touch "$out/demo" # the loop below may look before the shell has made it
bin/bedrail demo --listen 127.0.0.1:0 >"$out/demo" 2>"$out/log" &
demo=$!
for _ in $(seq 100); do
  grep -q '^token: ' "$out/demo" && break
  kill -0 "$demo" 2>/dev/null || { cat "$out/log" >&2; exit 1; }
  sleep 0.1
done
url=$(sed -n 's/^url: //p' "$out/demo")
login=$(sed -n 's/^login: //p' "$out/demo")
token=$(sed -n 's/^token: //p' "$out/demo")
for _ in $(seq 600); do # until the hospital has moved in, its week included
  curl -fsS -H "Authorization: Bearer $token" "$url/api/v1/demo" 2>/dev/null | grep -q '"state":"complete"' && break
  sleep 1
done
# A browser does not run as root: then somebody else runs it, from a copy that
# they may read.
mkdir -p "$out/ui/node_modules" "$out/home"
cp -r web/ui/e2e web/ui/package.json "$out/ui/"
cp -r web/ui/node_modules/playwright-core web/ui/node_modules/axe-core "$out/ui/node_modules/"
run=(node)
if [ "$(id -u)" -eq 0 ]; then
  chmod 755 "$out" "$out/ui"; chmod 777 "$out/home"
  run=(setpriv --reuid=65534 --regid=65534 --clear-groups node)
fi
cd "$out/ui"
HOME=$out/home BEDRAIL_URL=$url BEDRAIL_USER=${login%% / *} BEDRAIL_PASSWORD=${login##* / } BEDRAIL_TOKEN=$token "${run[@]}" e2e/walk.mjs
HOME=$out/home BEDRAIL_URL=$url BEDRAIL_USER=${login%% / *} BEDRAIL_PASSWORD=${login##* / } "${run[@]}" e2e/keyboard.mjs
HOME=$out/home BEDRAIL_URL=$url BEDRAIL_USER=${login%% / *} BEDRAIL_PASSWORD=${login##* / } "${run[@]}" e2e/exposure.mjs
HOME=$out/home BEDRAIL_URL=$url BEDRAIL_USER=${login%% / *} BEDRAIL_PASSWORD=${login##* / } "${run[@]}" e2e/discovery.mjs
for script in exchange shell tours print; do
  BEDRAIL_PROGRAM=$program HOME=$out/home BEDRAIL_URL=$url BEDRAIL_USER=${login%% / *} BEDRAIL_PASSWORD=${login##* / } "${run[@]}" e2e/$script.mjs
done
# Last what can happen only once, in a hospital in which nothing did.
HOME=$out/home BEDRAIL_URL=$url BEDRAIL_USER=${login%% / *} BEDRAIL_PASSWORD=${login##* / } "${run[@]}" e2e/events.mjs
# And somebody who has nothing but the program, in an empty folder.
cd "$out"
BEDRAIL_KEYS__FOLDER=$out/keys "$program" serve --listen 127.0.0.1:0 --data "$out/data" >"$out/own" 2>>"$out/log" &
own=$!
for _ in $(seq 100); do grep -q '^url: ' "$out/own" && break; sleep 0.1; done
cp "$out/keys/first-login.txt" "$out/first-login.txt"; chmod 644 "$out/first-login.txt"
mkdir -p "$out/pictures"; chmod 777 "$out/pictures"
cd "$out/ui"
HOME=$out/home "${run[@]}" e2e/fresh.mjs --url "$(sed -n 's/^url: //p' "$out/own")" --first "$out/first-login.txt" --out "$out/pictures"
