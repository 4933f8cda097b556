# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# use: down [--dir DIR]
# help: stop what ./dev up started, and remove its folder

[ -x "$PYTHON" ] || die "no $PYTHON: ./dev up has never run here"
exec "$PYTHON" "$ROOT/tools/up.py" down "$@"
