# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# use: tidy [--verbose | --ratchet]
# help: check layers, sizes, banned words; --ratchet lowers the soft limits to today's counts

[ -x "$PYTHON" ] || ensure_deps
exec "$PYTHON" "$ROOT/tools/tidy.py" "$@"
