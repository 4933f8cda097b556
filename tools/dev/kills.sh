# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# use: kills [JOBS [SEED]]
# help: slurmdbd and MariaDB killed at random during 10,000 jobs: every job once in sacct

ensure_deps
jobs=${1:-10000}
preset=${SLURMXX_PRESET:-dev}
build "$preset"
install_to "$preset" "$ROOT/build/$preset/prefix"
SLURMXX_PREFIX="$ROOT/build/$preset/prefix" SLURMXX_E2E_KILL_JOBS=$jobs SLURMXX_E2E_SEED=${2:-1} \
  exec "$PYTHON" -m pytest -q -s -p no:cacheprovider "$ROOT/tests/e2e/test_accounting_kills.py"
