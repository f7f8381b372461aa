# Sourced by tools/validate: a start without a prior (docs/landings.md), by the craters of the lander's own map. -n N seeds of ispace_m3/lost_in_space
# (give --first-seed 1801; --set camera.rate_hz=0.2 for an image every five seconds), each with the stars' attitude and with nothing but the camera.
export PERILUNE_DATA=${PERILUNE_DATA:-$(cd .. && pwd)/shared/data}
keep_parts_of "${settings[*]}" "$perilune" datasets/scenarios/ispace_m3.yaml

# fly SEED: both variants of one descent; a row each of what they show: images until the start, craters and accidents of the image that settled it,
# images, fixes accepted, false ones, NEES of the states, horizontal and vertical error of the state after the first image and at 500 m, m. A start
# that is not found leaves a row of zero images.
fly() {
  local seed=$1 folder=$out/$1 variant run
  [[ ! -f $folder.csv ]] || return 0
  echo "lost-start: seed $seed" >&2
  rm -rf "$folder"
  nice -n 5 $perilune simulate ispace_m3/lost_in_space --seed "$seed" "${settings[@]}" -o "$folder/sequence" >/dev/null 2>"$folder.log" ||
    { cat "$folder.log" >&2 && return 1; }
  for variant in stars lost; do
    run=$folder/run-$variant
    if ! nice -n 5 $perilune navigate "$folder/sequence" --start $variant -o "$run" >/dev/null 2>"$folder.log"; then
      grep -q ': no start: ' "$folder.log" || { cat "$folder.log" >&2 && return 1; }
      echo "$seed,$variant,0,0,0,0,0,0,0,0,0,0,0"
      continue
    fi
    $perilune evaluate "$run" --truth "$folder/sequence" >/dev/null 2>"$folder.log" || { cat "$folder.log" >&2 && return 1; }
    awk -F, -v label="$seed,$variant" '
      FNR == 1 { ++file; next }
      file == 1 { z[$1] = $4 + ($2 * $2 + $3 * $3) / 3474800; last = z[$1]; next }
      file == 2 && $2 == "start" { match($0, /image [0-9]+: [0-9]+ of/); split(substr($0, RSTART, RLENGTH), word, /[ :]+/)
        match($0, /10\^-?[0-9.]+/); accidents = substr($0, RSTART + 3, RLENGTH - 3); next }
      file == 3 && $1 == "fix" { ++images; accepted += $3 == "accepted"; false += $21 }
      file == 3 && $1 == "state" && $7 != "" {
        ++n; nees += $13; horizontal = sqrt($7 * $7 + $8 * $8)
        if (n == 1) { first = horizontal; first_up = $9 }
        height = z[$2] - last + 200
        if (near == "" || (height - 500) ^ 2 < (near - 500) ^ 2) { near = height; at = horizontal; at_up = $9 }
      }
      END { printf "%s,%d,%d,%s,%d,%d,%d,%.2f,%.2f,%.2f,%.2f,%.2f\n", label, word[2], word[3], accidents, images, accepted, false, n ? nees / n : 0,
        first, first_up, at, at_up }
    ' "$folder/sequence/state_groundtruth_estimate0/data.csv" "$run/events.csv" "$run/errors.csv"
  done >"$folder.csv.part" || return 1
  mv "$folder.csv.part" "$folder.csv"
  rm -rf "$folder" "$folder.log"
}

table() {
  echo "| attitude at the start | seeds | started | images until then | craters, worst log10 accidents | fixes accepted after it | false | state NEES (of 3) | first state, map-relative, worst: horizontal, vertical, m | at 500 m, worst: horizontal, vertical, m |"
  echo "|---|---|---|---|---|---|---|---|---|---|"
  for variant in stars lost; do
    cat "$out"/*.csv | awk -F, -v variant=$variant '
      function abs(x) { return x < 0 ? -x : x }
      function worse(a, b) { return abs(a) > abs(b) ? a : b }
      $2 != variant { next }
      { ++seeds }
      !$3 { next }
      { ++started; if (least == "" || $3 < least) least = $3; if ($3 > most) most = $3; if (few == "" || $4 < few) few = $4; if ($4 > many) many = $4
        if (accidents == "" || $5 > accidents) accidents = $5; images += $6; accepted += $7; false += $8; nees += $9; first = worse($10, first)
        first_up = worse($11, first_up); at = worse($12, at); at_up = worse($13, at_up) }
      END { printf "| %s | %d | %d | %d to %d | %d to %d, %s | %d of %d (%.1f %%) | %d | %.2f | %.2f, %.2f | %.2f, %.2f |\n",
        variant == "stars" ? "star tracker" : "none", seeds, started, least, most, few, many, accidents, accepted, images,
        images ? 100 * accepted / images : 0, false, started ? nees / started : 0, first, first_up, at, at_up }'
  done
}

status=0
for ((seed = first_seed; seed < first_seed + count; ++seed)); do fly $seed || status=1; done
{
  echo "Made by \`tools/validate $name -n $count --first-seed $first_seed${settings[*]:+ ${settings[*]}}\`."
  echo
  table
} >"$out/tables.md"
cat "$out/tables.md"
exit $status
