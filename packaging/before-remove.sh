#!/bin/sh
# Stops the services when the package goes, not when it is replaced. The data stay.
set -e
if [ -d /run/systemd/system ] && { [ "$1" = remove ] || [ "$1" = 0 ]; }; then
  systemctl disable --now bedrail.service bedrail-sensor.service || true
fi
