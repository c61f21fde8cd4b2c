#!/bin/bash
# Installs the tree $PROVISIONING/root at /.
set -euo pipefail

cd "$PROVISIONING/root"
find . -type f -print0 | sort -z | while IFS= read -r -d '' file; do
  # By name too: user data carries no modes.
  mode=0644
  if [[ -x $file || $file == *.sh ]]; then mode=0755; fi
  install -D -m "$mode" "$file" "$ROOT/${file#./}"
done
