# Sourced by tools/validate: identification of simulated crater detections over the whole Moon, the detector itself, catalogues from DEMs (docs/craters.md).
# -n N: tries of each kind (default 20; the published tables have 1000); --first-seed K. Finished parts are kept.
data=${PERILUNE_DATA:-../shared/data}
tools/build release crater_trials crater_detections
trials=build/release/tools/crater_trials
catalog=$out/robbins.craters
keep_parts_of "" $trials build/release/tools/crater_detections "$perilune"

[[ -f $catalog ]] || $perilune craters catalog import "$data/craters/robbins_navigation_llh.csv" --mapping robbins_navigation \
  --dem "$data/dem/gld100_16ppd_global.tif" -o "$catalog"

# part NAME OPTION...: a CSV file of tries, made once: $tries of them, or $count.
part() {
  local n=${tries:-$count}
  local file=$out/$1_${first_seed}_$n.csv
  if [[ ! -f $file ]]; then
    echo "craters: $n tries ${*:2}" >&2
    $trials tries --catalog "${known_craters:-$catalog}" -n "$n" --seed "$first_seed" "${@:2}" >"$file.part"
    mv "$file.part" "$file"
  fi
  echo "$file"
}

# outcome LABEL LEAST FILE: a row of right, wrong and no answers; rates of views with LEAST craters truly detected.
outcome() {
  awk -F, -v label="$1" -v least="$2" '
    FNR > 1 {
      ++n; wrong += $6 == "wrong"; seconds += $14; if ($14 > longest) longest = $14
      if ($6 != "none") { named += $7; named_right += $8; detected += $5 }
      if ($5 < least) next
      ++fit; right += $6 == "right"
      if ($6 == "right") { ++k; nees += $13; absolute += $18; ratio += ($11 / $12) ^ 2 }
    }
    END {
      printf "| %s | %d | %d | %d (%.1f %%) | %d | %.2f %% | %.1f %% | %.2f | %.2f | %s | %.3f / %.3f |\n", label, n, fit, right, fit ? 100 * right / fit : 0, wrong,
        named ? 100 * named_right / named : 0, detected ? 100 * named_right / detected : 0, k ? sqrt(ratio / k) : 0, k ? nees / k / 3 : 0,
        (absolute > 0 ? sprintf("%.2f", absolute / k / 3) : "–"), seconds / n, longest
    }' "$3"
}

header() {
  echo "| $1 | views | with enough craters | of these right | wrong, of all views | identities right | true ones found | rms error / Cramer-Rao | NEES / 3, against the catalogue | with its tie | s a try, mean / longest |"
  echo "|---|---|---|---|---|---|---|---|---|---|---|"
}

# listed VARIABLE MODE VALUE FILE: a file of tries for the curves.
listed() { echo "$1,$2,$3,$4" >>"$out/curves.csv"; }

# curve MODE BASIC VARIABLE USUAL VALUE...: tries at each value of an option, and the basic ones, where it has its usual one.
curve() {
  local mode=$1 variable=$3 value file
  local least=6 && [[ $mode == lost ]] && least=8
  listed "$variable" "$mode" "$4" "$2"
  for value in "${@:5}"; do
    file=$(part "${mode}_${variable#centre_}$value" --mode "$mode" "--${variable/_/-}" "$value")
    outcome "$variable $value" $least "$file"
    listed "$variable" "$mode" "$value" "$file"
  done
}

# few MODE: few craters are detected, in five times as many views: no curve has two tries of one view.
few() {
  local file
  file=$(tries=$((5 * count)) part "$1_few" --mode "$1" --missed 0.8)
  listed detected "$1" "" "$file"
}

# removed MODE: the true region is not in the catalogue, in three times as many views; 900 km are more than a camera 200 km up sees.
removed() {
  local file
  file=$(tries=$((3 * count)) part "$1_removed" --mode "$1" --removed-km 900)
  listed removed_km "$1" 900 "$file"
}

command="tools/validate craters -n $count --first-seed $first_seed"
echo "variable,mode,value,tries" >"$out/curves.csv"
{
  echo "Made by \`$command\`."
  echo && header "what is known"
  outcome "prior, 3 km and 1 deg" 6 "$(part prior --mode prior)"
  outcome "attitude, 0.01 deg" 6 "$(part known --mode known)"
  outcome "intrinsics alone" 8 "$(part lost --mode lost)"
  for mode in known lost; do
    echo && echo "## Mode $mode: noise, missed, false, catalogue" && echo
    header "1 px, 3 %, 30 % missed, 20 % false but"
    beyond_px=(32) beyond_false=(0.9)
    [[ $mode == known ]] || beyond_px=() beyond_false=() # where nothing is found, it is looked for longest
    basic=$(part $mode --mode $mode)
    curve $mode "$basic" centre_px 1 0.5 2 4 8 12 16 24 "${beyond_px[@]}"
    curve $mode "$basic" axes 0.03 0.01 0.06 0.12 0.25 0.4
    curve $mode "$basic" missed 0.3 0 0.5 0.7 0.8 0.9
    curve $mode "$basic" false 0.2 0 0.4 0.6 0.8 "${beyond_false[@]}"
    curve $mode "$basic" keep 1 0.1 0.25 0.5
    few $mode
  done
  for mode in prior known lost; do removed $mode; done
  echo && echo "## Curves: identification_*.svg; removed_km: no right answer is possible" && echo
  $trials curves "$out/curves.csv" -o "$out" --made-by "Made by $command."
} >"$out/tables.md"

# rendered MODE: $count tries, at most 300, with what our own detector finds in pictures rendered over the DEMs that LU1319381's files are of, and all
# their craters. Ten seconds a try.
rendered_craters=$out/lu1319381.craters
if [[ ! -f $rendered_craters ]]; then
  awk 'FNR > 1 || NR == 1' "$data"/craters/lu1319381_*.csv >"$out/lu1319381.csv"
  $perilune craters catalog import "$out/lu1319381.csv" --mapping lu1319381 --dem "$data/dem/gld100_16ppd_global.tif" -o "$rendered_craters"
fi
rendered() {
  known_craters=$rendered_craters tries=$((count < 300 ? count : 300)) part "rendered_$1" --mode "$1" --rendered "$data" --tie-sigma-m 40 --tie-vertical-sigma-m 80
}
{
  echo && echo "## End to end: rendered pictures, our own detector, LU1319381" && echo
  header "what is known"
  outcome "prior, 3 km and 1 deg" 6 "$(rendered prior)"
  outcome "attitude, 0.01 deg" 6 "$(rendered known)"
  outcome "intrinsics alone" 8 "$(rendered lost)"
} >>"$out/tables.md"

# without DEGREES LATITUDE LONGITUDE: a table of craters less those within so many degrees of a place; of 0 all.
without() {
  awk -F, -v reach="$1" -v lat0="$2" -v lon0="$3" '
    function rad(degrees) { return degrees * atan2(0, -1) / 180 }
    NR == 1 { for (i = 1; i <= NF; ++i) { if ($i == "lat_deg") lat = i; if ($i == "lon_deg") lon = i } print; next }
    sin(rad($lat)) * sin(rad(lat0)) + cos(rad($lat)) * cos(rad(lat0)) * cos(rad($lon - lon0)) < cos(rad(reach))'
}

# apollo FRAME LATITUDE LONGITUDE: rows of what `craters identify` says of a frame with that ground in its middle (its corners are 4.4 deg away),
# with catalogues that have its ground and that do not.
apollo() {
  local shot=$data/apollo15_metric/AS15-M-$1.shot.json table mapping removed attitude known
  while read -r table mapping removed; do
    known=$out/apollo_$1_${mapping}_$removed
    without "$removed" "$2" "$3" <"$data/craters/$table.csv" >"$known.csv"
    $perilune craters catalog import "$known.csv" --mapping "$mapping" --dem "$data/dem/gld100_16ppd_global.tif" -o "$known.craters" >/dev/null
    for attitude in prior known none; do
      echo "| $1 | $mapping | $removed | $attitude | $($perilune craters identify "$shot" --catalog "$known.craters" --attitude $attitude \
        -o "$known.$attitude" --overwrite | head -1) |"
    done
  done <<'TABLES'
robbins_navigation_llh robbins_navigation 0
robbins_navigation_llh robbins_navigation 15
apollo15_metric_area_merged merged 0
apollo15_metric_area_merged merged 6
TABLES
}

apollo=$out/apollo.md
if [[ ! -f $apollo ]]; then
  {
    echo "| Apollo 15 metric frame | catalogue | less within, deg | attitude | answer |"
    echo "|---|---|---|---|---|"
    apollo 0297 -20.783 144.812
    apollo 0298 -20.431 143.518
  } >"$apollo.part"
  mv "$apollo.part" "$apollo"
fi
{
  echo && echo "## Apollo 15 metric frames, with their ground in the catalogue and without" && echo
  cat "$apollo"
} >>"$out/tables.md"

# The detectors: labelled NAC images (boxes as they are; less the margin they leave), and $count scenes, at most 6, by the Sun's elevation.
detections=build/release/tools/crater_detections
scenes=$((count < 6 ? count : 6))
# detector NAME OPTION...: its tables; what took long is kept.
detector() {
  local renders=$out/renders_$1_${first_seed}_$scenes.md
  [[ -f $renders ]] || { $detections renders -n "$scenes" --seed "$first_seed" "${@:2}" >"$renders.part" && mv "$renders.part" "$renders"; }
  echo && echo "## Detection by the $1: NAC images, boxes as they are" && echo
  $detections nac "$data/nac_craters" "${@:2}"
  echo && echo "## Detection by the $1: NAC images, 3 px added to the diameters found" && echo
  $detections nac "$data/nac_craters" --margin-px 3 --svg "$out/detection_nac_$1.svg" "${@:2}"
  echo && echo "## Detection by the $1: renders of $scenes scenes from seed $first_seed" && echo
  cat "$renders"
}
{
  detector network --network datasets/networks/crater_centres.onnx
  detector bowls
} >>"$out/tables.md"

# Catalogues from DEMs: tuned on Copernicus; reported on Aristarchus and Hadley; the other sites with labels. Half an hour.
relief() {
  local file=$out/relief_$1.md
  [[ -f $file ]] || { $detections relief "$data" "${@:2}" --overlays "$out" >"$file.part" && mv "$file.part" "$file"; }
  echo && echo "## Catalogues from DEMs: $1" && echo
  cat "$file"
}
{
  relief tuned copernicus
  relief reported aristarchus apollo15_hadley
  relief others crisium atlas viscositatis apollo11_tranq apollo_basin
} >>"$out/tables.md"
cat "$out/tables.md"
