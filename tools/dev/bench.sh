# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# use: bench submit | throughput | list [--quick] [--rounds N]
# help: ours beside Debian's slurm-wlm in one run: a table with medians and ratios

if [ "${1:-list}" = list ]; then
  [ -x "$PYTHON" ] || ensure_deps
  exec "$PYTHON" "$ROOT/tools/bench.py" list
fi
[ "$(id -u)" -eq 0 ] || die "bench runs both clusters as root (SlurmUser=root, a private munged): use root"
ensure_deps
ensure_packages slurm-wlm munge
build release
rm -rf "$ROOT/build/release/prefix"
install_to release "$ROOT/build/release/prefix"
exec "$PYTHON" "$ROOT/tools/bench.py" "$@" --ours "$ROOT/build/release/prefix"
