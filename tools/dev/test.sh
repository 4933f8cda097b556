# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# use: test [PART...]
# help: everything CI runs: build, unit, tidy, fmt, sim, fuzz, e2e, compat, install

ensure_deps
exec "$PYTHON" "$ROOT/tools/test.py" "$@"
