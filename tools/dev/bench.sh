# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# use: bench submit | throughput | rpc | plan | list [--quick] [--rounds N]
# help: ours beside Debian's slurm-wlm in one run: a table with medians and ratios

if [ "${1:-list}" = list ]; then
  [ -x "$PYTHON" ] || ensure_deps
  exec "$PYTHON" "$ROOT/tools/bench.py" list
fi
ensure_deps
if [ "$1" = plan ]; then
  shift
  build release plan_bench
  exec "$ROOT/build/release/plan_bench" "$@"
fi
[ "$(id -u)" -eq 0 ] || die "bench runs both clusters as root (SlurmUser=root, a private munged): use root"
ensure_packages slurm-wlm munge
build release all rpc_bench
rm -rf "$ROOT/build/release/prefix"
install_to release "$ROOT/build/release/prefix"
if [ "$1" = rpc ]; then
  shift
  exec "$PYTHON" "$ROOT/tools/bench_rpc.py" "$@" --ours "$ROOT/build/release/prefix"
fi
exec "$PYTHON" "$ROOT/tools/bench.py" "$@" --ours "$ROOT/build/release/prefix"
