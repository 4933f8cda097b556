# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# use: up [--nodes N] [--dir DIR] [--preset PRESET]
# help: start a private cluster of 4 emulated nodes and run a 3-node job on it

ensure_deps
if "$PYTHON" "$ROOT/tools/up.py" running "$@"; then
  exit 0
fi
preset=$("$PYTHON" "$ROOT/tools/up.py" preset "$@")
build "$preset" programs
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
install_to "$preset" "$stage"
"$PYTHON" "$ROOT/tools/up.py" up --programs "$stage" "$@"
