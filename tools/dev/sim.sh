# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# use: sim [--seed N | --seeds A-B | --soak] ...
# help: run the cluster in the simulator; a seed replays a whole run

ensure_deps
preset=${SLURMXX_PRESET:-dev}
build "$preset" slurmxx-sim >&2 || die "the simulator did not build"
exec "$ROOT/build/$preset/slurmxx-sim" "$@"
