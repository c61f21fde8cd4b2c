#!/bin/bash
# Whether the manager still looks after its jobs. ECS ends a task that is not healthy together with its jobs, so this
# asks only that: a gitlab-runner that waits for a token, or is slow, is no reason to.
set -euo pipefail

RUN_DIR=${RUN_DIR:-/dev/shm/gitlab-runner}
looked=$(stat -c %Y "$RUN_DIR/.looked")
((EPOCHSECONDS - looked < 300))
