# Sourced by tools/validate: the landings of datasets/scenarios with their faults (docs/landings.md), with images. -n N: seeds of each case
# (give -n 3 --first-seed 801); --set camera.rate_hz=0.2 for an image every five seconds. Finished descents are kept.
export PERILUNE_DATA=${PERILUNE_DATA:-$(cd .. && pwd)/shared/data}
source tools/validation/landing_cases
keep_parts_of "${settings[*]}" "$perilune" datasets/scenarios/*.yaml

# row RUN SEQUENCE: what a run shows against the truth: images, accepted, no map, false, NEES of the states, altitude error at 1 km, horizontal and
# vertical error at 500 m, worst altitude error, images over the bound of the altitude and their number, worst vertical speed error, doubts of the
# range, taken back, state corrected, seconds in doubt. Heights are above the ground at the site; altitude errors are against the truth itself.
row() {
  local end_z # of the truth: 200 m above the ground at the site
  end_z=$(awk -F, 'END { print $4 + ($2 * $2 + $3 * $3) / 3474800 }' "$2/state_groundtruth_estimate0/data.csv")
  awk -F, -v ground_z="$(awk -v z="$end_z" 'BEGIN { print z - 200 }')" '
    function abs(x) { return x < 0 ? -x : x }
    FNR == 1 { ++file; next }
    file == 1 { z[$1] = $4; h[$1] = $4 + ($2 * $2 + $3 * $3) / 3474800 - ground_z; vz[$1] = $11; next }
    file == 2 { # states against the truth
      if (!($1 in z)) next
      error = $4 - z[$1]; last = error
      if (abs(error) > abs(alt_worst)) alt_worst = error
      if (abs(h[$1] - 1000) < abs(near1 - 1000) || near1 == "") { near1 = h[$1]; alt_1000 = error }
      if (h[$1] <= 3000 && h[$1] >= 500 && abs($11 - vz[$1]) > vz_worst) vz_worst = abs($11 - vz[$1])
      next
    }
    file == 3 && $1 == "fix" { ++images; accepted += $3 == "accepted"; no_map += $3 == "no_map"; false += $21; next }
    file == 3 && $1 == "state" && $7 != "" {
      ++n; nees += $13
      if (h[$2] <= 3000 && h[$2] >= 500) { # altitude within max(1 % of the range, 2 sigma of the height of the map of 0.1 pixels)
        bound = 0.01 * h[$2]; if (0.2 * $5 > bound) bound = 0.2 * $5
        ++rel_count; rel_over += abs($9) > bound
      }
      if (abs(h[$2] - 500) < abs(near5 - 500) || near5 == "") { near5 = h[$2]; hor_500 = sqrt($7 * $7 + $8 * $8); ver_500 = $9 }
      next
    }
    file == 4 && $2 == "trust" {
      if ($8 ~ /refused in a row/) { since = $1; rejected += 1 }
      if ($8 ~ /taken back/) { ++back; if (since != "") doubted += ($1 - since) / 1e9; since = "" }
      if ($8 ~ /state was wrong/) { ++wrong; if (since != "") doubted += ($1 - since) / 1e9; since = "" }
    }
    file == 4 { end = $1 }
    END {
      if (since != "") doubted += (end - since) / 1e9
      printf "%d,%d,%d,%d,%.2f,%.1f,%.2f,%.2f,%.1f,%d,%d,%.2f,%d,%d,%d,%.1f\n", images, accepted, no_map, false, n ? nees / n : 0, alt_1000, hor_500,
        ver_500, alt_worst, rel_over, rel_count, vz_worst, rejected, back, wrong, doubted
    }' "$2/state_groundtruth_estimate0/data.csv" "$1/states.csv" "$1/errors.csv" "$1/events.csv"
}

# fly CASE SEED VARIANT OPTIONS...: a row of results, made once; the sequence is kept for the variants that follow.
fly() {
  local case=$1 seed=$2 variant=$3 folder=$out/${1/\//-}-$2
  shift 3
  [[ -f $folder/$variant.csv ]] && return
  echo "landings: $case, seed $seed, $variant" >&2
  [[ -d $folder/sequence ]] || nice -n 5 $perilune simulate "$case" --seed "$seed" "${settings[@]}" -o "$folder/sequence" >/dev/null 2>"$folder.log" ||
    { cat "$folder.log" >&2 && return 1; }
  nice -n 5 $perilune navigate "$folder/sequence" -o "$folder/run-$variant" --resume "$@" >/dev/null 2>"$folder.log" || { cat "$folder.log" >&2 && return 1; }
  $perilune evaluate "$folder/run-$variant" --truth "$folder/sequence" >/dev/null 2>"$folder.log" || { cat "$folder.log" >&2 && return 1; }
  rm -rf "$folder/run-$variant/hazards" "$folder.log"
  echo "$case,$seed,$variant,$(row "$folder/run-$variant" "$folder/sequence")" >"$folder/$variant.csv.part"
  mv "$folder/$variant.csv.part" "$folder/$variant.csv"
}

# forget CASE SEED: the pictures, once all variants are flown.
forget() { rm -rf "$out/${1/\//-}-$2/sequence/cam0" "$out/${1/\//-}-$2"/run-*/frames; }

# table VARIANT CASE...: a row for each case, pooled over the seeds: worst of all, or sums.
table() {
  local variant=$1 case
  shift
  echo "| case | seeds | images | fixes accepted | false | state NEES (of 3) | altitude at 1 km, m | horizontal, vertical at 500 m, map-relative, m | worst altitude, m | altitude from 3 km to 500 m over its bound | vertical speed, m/s | range doubted: times, s; taken back; state corrected |"
  echo "|---|---|---|---|---|---|---|---|---|---|---|---|"
  for case in "$@"; do
    cat "$out/${case/\//-}"-*/"$variant.csv" 2>/dev/null | awk -F, -v case="$case" '
      function abs(x) { return x < 0 ? -x : x }
      function worse(a, b) { return abs(a) > abs(b) ? a : b }
      $1 == case { ++n; images += $4 - $6; accepted += $5; false += $7; nees += $8; alt = worse($9, alt); hor = worse($10, hor); ver = worse($11, ver)
        all = worse($12, all); over += $13; count += $14; vz = worse($15, vz); times += $16; back += $17; wrong += $18; doubted += $19 }
      END { if (n) printf "| %s | %d | %d | %d (%.1f %%) | %d | %.2f | %.1f | %.2f, %.2f | %.1f | %d of %d | %.2f | %d, %.1f s; %d; %d |\n", case, n, images, accepted,
        images ? 100 * accepted / images : 0, false, nees / n, alt, hor, ver, all, over, count, vz, times, doubted, back, wrong }'
  done
}

# Resumable by descents. One pass a seed: the first seed of everything comes before the second of anything.
status=0
for ((seed = first_seed; seed < first_seed + count; ++seed)); do
  for case in $main_cases; do fly $case $seed with-images || status=1; done
  case=hakuto_r_m1/as_flown
  fly $case $seed reject-for-good --range-policy reject_for_good || status=1
  fly $case $seed blind --no-images || status=1
  fly $case $seed flat-readmit --no-images --range-ground flat || status=1
  fly $case $seed flat-reject-for-good --no-images --range-ground flat --range-policy reject_for_good || status=1
  for case in $nominal_cases; do fly $case/nominal $seed with-images || status=1; done
  for case in $main_cases; do forget $case $seed; done
  for case in $nominal_cases; do forget $case/nominal $seed; done
done
{
  echo "Made by \`tools/validate $name -n $count --first-seed $first_seed${settings[*]:+ ${settings[*]}}\`. Of several seeds the worst, or the sum; NEES: the mean."
  echo && echo "As flown, with images" && echo
  table with-images $main_cases
  echo && echo "HAKUTO-R M1 with images, reject-for-good" && echo
  table reject-for-good hakuto_r_m1/as_flown
  for variant in blind flat-readmit flat-reject-for-good; do
    echo && echo "HAKUTO-R M1 without images, $variant" && echo
    table $variant hakuto_r_m1/as_flown
  done
  echo && echo "Nominal" && echo
  table with-images $(for case in $nominal_cases; do echo "$case/nominal"; done)
} >"$out/tables.md"
cat "$out/tables.md"
exit $status
