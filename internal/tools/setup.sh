#!/usr/bin/env bash
# Installs from Debian what the tests need and the machine lacks: setup.sh PROGRAM=PACKAGE...
# A program (or file) that is there already is left as it is.
set -euo pipefail
missing=()
for pair in "$@"; do
  program=${pair%%=*} package=${pair#*=}
  command -v "$program" >/dev/null 2>&1 || [ -e "$program" ] || ls /usr/lib/postgresql/*/bin/"$program" >/dev/null 2>&1 || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
sudo=; [ "$(id -u)" -eq 0 ] || sudo=sudo
echo "installing from Debian: ${missing[*]}" >&2
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
