#!/bin/bash
# include_direction.sh ROOT: fails, naming file and line, when a room includes one to its left (tools → datasets → nav →
# vision → dem), or a third-party library outside the folders that may know it. With the repository root on the include
# path the compiler does not notice.
# include_direction.sh --self-test ROOT: plants one violation of each kind in a copy of the rooms and expects it found.
set -euo pipefail

includes() { # includes FOLDER...: every include line below, as file:line:#include …
  local folder
  for folder in "$@"; do
    if [[ -d $folder ]]; then
      grep -rnE --include='*.h' --include='*.cc' --include='*.inc' '^[[:space:]]*#[[:space:]]*include\b' "$folder" || true
    fi
  done
}

violations() { # violations ROOT: the offending lines, each with its rule
  cd "$1"
  report() { sed "s|\$|    <- $1|"; }
  only() { grep -E "[<\"]($1)" || true; }     # include lines of these headers
  outside() { grep -vE "^($1)" || true; }     # but not in these files

  # Quoted includes name a room from the root, and only one at or to the right of the includer.
  local allowed=() room
  for room in dem vision nav datasets tools; do
    allowed+=("$room")
    includes "$room" | grep -E '"' |
      grep -vE "\"($(IFS='|'; echo "${allowed[*]}"))/[^\"]*\"" | grep -vF '../' |
      report "$room may include only ${allowed[*]}" || true
    includes "$room" | grep -F '../' | report 'paths start at the root' || true
    includes "$room" | grep -E '<(dem|vision|nav|datasets|tools|tests)/' | report 'our own headers are quoted' || true
  done

  local rooms=(dem vision nav datasets tools)
  includes "${rooms[@]}" | only 'gdal|ogr_|ogrsf|cpl_|vrt' | outside 'dem/io/' | report 'GDAL only in dem/io'
  includes dem | only 'opencv' | report 'no OpenCV in dem'
  includes "${rooms[@]}" | only 'ceres/' | outside 'vision/pose/|nav/|tools/covariance_fit/' | report 'Ceres only in vision/pose, nav and the fit of its constants'
  includes "${rooms[@]}" | only 'CLI/' | outside 'tools/(perilune/[a-z_]*|(crater_trials|crater_detections|covariance_fit|first_fix|hazard_scenes)/main|train/crater_scenes)\.cc' | report 'CLI11 only in command files'
  includes "${rooms[@]}" | only 'spdlog/' | outside 'tools/' | report 'logging only in tools'
  includes "${rooms[@]}" | only 'yaml-cpp/|nlohmann/' | outside '(datasets|tools)/.*\.cc:' |
    report 'YAML and JSON only in source files of datasets and tools'

  # A header with GDAL's or Ceres' types is private: not installed (cmake/PeriluneInstall.cmake), so no public one needs it.
  local private
  for private in $(includes "${rooms[@]}" | only 'gdal|ogr_|cpl_|ceres/' | sed -n 's/^\([^:]*\.h\):.*/\1/p' | sort -u); do
    includes "${rooms[@]}" | grep -F "\"$private\"" | grep -E '^[^:]*\.h:' |
      report "a public header includes a private one" || true
  done
}

plant() { # plant FILE LINE: a copy of the rooms with one more include must fail
  local copy file=$1 line=$2
  copy=$(mktemp -d)
  cp -r "$root"/{dem,vision,nav,datasets,tools} "$copy"
  mkdir -p "$copy/$(dirname "$file")"
  printf '\n%s\n' "$line" >>"$copy/$file"
  if ! (violations "$copy") | grep -qF "$line"; then
    echo "not found: $line in $file"
    missed=1
  fi
  rm -rf "$copy"
}

if [[ $1 == --self-test ]]; then
  root=$(realpath "$2")
  missed=0
  plant dem/planted.cc '#include "vision/camera/camera.h"'
  plant vision/planted.h '#include "nav/fix/fix.h"'
  plant nav/fix/planted.cc '#  include "datasets/formats/run.h"'
  plant datasets/planted.cc '#include "tools/perilune/interrupt.h"'
  plant nav/planted.cc '#include <datasets/formats/truth.h>'
  plant dem/planted.cc '#include "../nav/fix/fix.h"'
  plant nav/planted.cc '#include "fix.h"'
  plant tools/planted.cc '#include "tests/support/temp_folder.h"'
  plant dem/terrain/planted.cc '#include <gdal_priv.h>'
  plant dem/io_helpers/planted.cc '#include <ogr_spatialref.h>'
  plant dem/planted.h '#include <opencv2/core.hpp>'
  plant vision/matching/planted.cc '#include <ceres/ceres.h>'
  plant tools/report/planted.cc '#include <CLI/CLI.hpp>'
  plant tools/perilune/planted.h '#include <CLI/CLI.hpp>'
  plant nav/planted.cc '#include <spdlog/spdlog.h>'
  plant nav/planted.cc '#include <nlohmann/json.hpp>'
  plant datasets/planted.h '#include <yaml-cpp/yaml.h>'
  plant vision/planted.h '#include "vision/pose/pose_manifold.h"'
  plant dem/frames/planted.h '#include "dem/io/lunar_crs.h"'
  exit $missed
fi

found=$(violations "$1")
if [[ -n $found ]]; then
  echo "$found"
  exit 1
fi
