# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# use: fmt [--check] [FILE...]
# help: clang-format every source file in place, or only check

ensure_deps
mode=(-i)
[ "${1:-}" = --check ] && mode=(--dry-run --Werror) && shift
cd "$ROOT"
if [ $# -eq 0 ]; then
  mapfile -t files < <(find src tests -name '*.h' -o -name '*.cpp' | sort)
else
  files=("$@")
fi
printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -n 16 clang-format-14 "${mode[@]}" ||
  die "fmt: some files differ from .clang-format; ./dev fmt mends them"
