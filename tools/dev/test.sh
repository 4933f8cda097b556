# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# use: test [PART...]
# help: everything CI runs: build, unit, e2e, sim, fuzz, compat, tidy, fmt

ensure_deps
exec "$PYTHON" "$ROOT/tools/test.py" "$@"
