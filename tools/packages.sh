# Sourced by tools/build and .ci/run: the Debian 12 packages that Perilune needs, and how they get installed.

perilune_build_packages=(
  build-essential cmake ninja-build
  libcli11-dev libceres-dev libeigen3-dev liberfa-dev libgdal-dev liblz4-dev libnanoflann-dev libopencv-dev libtbb-dev libyaml-cpp-dev libzstd-dev
  nlohmann-json3-dev zlib1g-dev
  libgtest-dev libgmock-dev
)
perilune_ci_packages=(clang clang-format clang-tidy libbenchmark-dev)
# For the ray benchmark alone, by hand: libembree-dev.

# Prints those of the named packages that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    if [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then echo "$package"; fi
  done
}

# Prints the bytes that apt would download for the named packages; fails when its lists do not know one of them.
download_bytes() {
  local uris
  uris=$(apt-get install --yes --no-install-recommends --print-uris "$@" 2>/dev/null) || return 1
  awk '/^\x27/ { bytes += $3 } END { printf "%.0f\n", bytes }' <<<"$uris"
}

# Installs what is missing of the named packages. Without root it prints the command to run and exits with 2.
install_packages() {
  local missing bytes
  missing=($(missing_packages "$@"))
  if ((${#missing[@]} == 0)); then return; fi
  if ! command -v apt-get >/dev/null; then
    echo "missing packages: ${missing[*]}; only Debian and its relatives (apt) are supported" >&2
    exit 2
  fi
  echo "Missing packages: ${missing[*]}"
  if ((EUID != 0)); then
    bytes=$(download_bytes "${missing[@]}") && echo "To download: $((bytes / 1000000)) MB"
    echo "Root is needed to install them. Run this, then try again:" >&2
    echo "  sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${missing[*]}" >&2
    exit 2
  fi
  if ! bytes=$(download_bytes "${missing[@]}"); then
    echo "apt's lists do not know them: apt-get update"
    apt-get update
    bytes=$(download_bytes "${missing[@]}") || { echo "apt cannot find them: is this Debian 12?" >&2; exit 2; }
  fi
  echo "To download: $((bytes / 1000000)) MB"
  local install=(apt-get install --yes --no-install-recommends "${missing[@]}")
  export DEBIAN_FRONTEND=noninteractive
  # Lists that have grown old name packages that the mirror no longer has.
  "${install[@]}" </dev/null || { apt-get update && "${install[@]}" </dev/null; }
}
