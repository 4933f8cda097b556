# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
# use: install --prefix DIR [--preset PRESET]
# help: build (release) and install into DIR/{bin,sbin,lib,share}

prefix= preset=release
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=${2:-} && shift 2 || die "--prefix needs a folder" ;;
    --prefix=*) prefix=${1#*=} && shift ;;
    --preset) preset=${2:-} && shift 2 || die "--preset needs a name" ;;
    --preset=*) preset=${1#*=} && shift ;;
    *) die "install: unknown argument \"$1\"; use: ./dev install --prefix DIR [--preset PRESET]" ;;
  esac
done
[ -n "$prefix" ] || die "install needs --prefix DIR"
ensure_deps
build "$preset" programs
mkdir -p "$prefix" || die "cannot make $prefix"
prefix=$(cd "$prefix" && pwd)
install_to "$preset" "$prefix"
echo "installed into $prefix"
