# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
#
# What the verbs share: paths, messages, packages, configure and build. Sourced by ./dev, with ROOT set.

PYTHON=/usr/bin/python3 # Debian's own: the packages below belong to it, whatever else PATH offers
PACKAGES="g++ cmake ninja-build ccache mold pkg-config
  protobuf-compiler libprotobuf-dev libboost1.81-dev libsodium-dev libmunge-dev munge
  doctest-dev librapidcheck-dev rapidjson-dev libfmt-dev libspdlog-dev libhwloc-dev libxxhash-dev liblz4-dev libpmix-dev
  libsoci-dev libsqlite3-dev libmariadb-dev mariadb-server-core mariadb-client-core
  python3 python3-pytest python3-pytest-xdist clang-16 libclang-rt-16-dev clang-format-14 procps iproute2 util-linux tmux python3-pexpect
  openmpi-bin libopenmpi-dev mpich libmpich-dev libpmi2-0"

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

verbs() { (cd "$ROOT/tools/dev" && grep -l '^# help:' -- *.sh | sed 's/\.sh$//'); }

# The packages of the arguments that are not installed, one a line.
missing_packages() {
  command -v dpkg-query >/dev/null || die "this is not Debian (no dpkg-query); install by hand: $(echo $*)"
  local have p
  have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for p in "$@"; do
    grep -qxF "installed $p" <<<"$have" || echo "$p"
  done
}

# Install what is missing of the arguments, as root or through sudo. Quick when all is there.
ensure_packages() {
  local missing as_root=()
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "packages are missing, and there is neither root nor sudo; have them installed: apt-get install $missing"
    as_root=(sudo)
    [ -t 0 ] || as_root=(sudo -n)
  fi
  say "installing: $missing"
  # Somebody else may be installing just now.
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600)
  "${apt[@]}" update -q >/dev/null || die "apt-get update failed; packages still missing: $missing"
  "${apt[@]}" install -y -q --no-install-recommends $missing >&2 ||
    die "apt-get could not install: $missing(slurmxx is built for Debian 12)"
}

ensure_deps() { ensure_packages $PACKAGES; }

# configure PRESET: once; again when the tree has moved.
configure() {
  local preset=$1 cache=$ROOT/build/$1/CMakeCache.txt
  grep -q "\"name\": \"$preset\"" "$ROOT/CMakePresets.json" || die "no preset \"$preset\" in CMakePresets.json"
  if [ -f "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT" "$cache"; then
    rm -rf "${cache%/*}"
  fi
  [ -f "$ROOT/build/$preset/build.ninja" ] && return 0
  say "configuring build/$preset"
  (cd "$ROOT" && cmake --preset "$preset" >/dev/null) || die "cmake could not configure the preset $preset"
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  configure "$preset"
  say "building build/$preset${*:+ ($*)}"
  cmake --build "$ROOT/build/$preset" --parallel "${JOBS:-$(nproc)}" ${*:+--target "$@"}
}

# install_to PRESET PREFIX: bin/ sbin/ lib/ share/ of a finished build.
install_to() {
  cmake --install "$ROOT/build/$1" --prefix "$2" >/dev/null || die "could not install into $2"
  mkdir -p "$2/bin" "$2/sbin" "$2/lib" "$2/share"
}
