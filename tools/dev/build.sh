# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# use: build [PRESET] [TARGET...]
# help: compile; presets: dev (default), release, asan, tsan

ensure_deps
preset=${1:-dev}
[ $# -gt 0 ] && shift
build "$preset" "$@"
