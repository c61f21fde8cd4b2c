#!/bin/bash
# No upgrade by itself: it would hold apt's locks while Docker Machine needs them, or restart Docker under a job. Newer
# packages come with a newer image.
set -euo pipefail

systemctl mask --now apt-daily.timer apt-daily-upgrade.timer
# What one of them has started already is not to be broken off.
systemd-run --quiet --wait --property=After='apt-daily.service apt-daily-upgrade.service' true
