# Sourced by tools/validate: one fault at a time in one descent (docs/landings.md), the scenario terminal with the seed of --first-seed (give 801):
# what was noticed, and what the error became. -n is not used. Some minutes of a free processor; finished descents are kept.
seed=$first_seed
descent=terminal
keep_parts_of "seed $seed, ${settings[*]}" "$perilune" datasets/scenarios/$descent.yaml

# fault NAME LIST: the descent with these faults, made once.
fault() {
  local folder=$out/$1
  [[ -f $folder.csv ]] && return
  echo "faults: $1" >&2
  rm -rf "$folder"
  nice -n 5 $perilune simulate $descent --seed "$seed" "${settings[@]}" --set "faults=[$2]" -o "$folder/sequence" >/dev/null 2>"$folder.log" &&
    nice -n 5 $perilune navigate "$folder/sequence" -o "$folder/run" >/dev/null 2>>"$folder.log" &&
    $perilune evaluate "$folder/run" --truth "$folder/sequence" >/dev/null 2>>"$folder.log" || { cat "$folder.log" >&2 && return 1; }
  measured "$1" "$folder/run" "$3" "$folder/sequence" >"$folder.csv.part"
  mv "$folder.csv.part" "$folder.csv"
  rm -rf "$folder"/sequence/cam0 "$folder"/run/{frames,hazards} "$folder.log"
}

# measured NAME RUN FROM_S SEQUENCE: refusals after the fault began, the first of them, errors and consistency after it.
measured() {
  awk -F, -v name="$1" -v from_s="$3" '
    function abs(x) { return x < 0 ? -x : x }
    FNR == 1 { ++file; next }
    file == 1 { if (begin == "") begin = $1; next }
    { t = ($1 - begin) / 1e9 }
    file == 2 && t >= from_s {
      if (($2 == "fix" || $2 == "range" || $2 == "attitude") && $4 == 0 && $8 !~ /invalid|map pixels|no level/) { ++refused[$2]; if (first == "") first = t - from_s }
      if ($2 == "trust") ++trust
      next
    }
    file == 3 { t = ($2 - begin) / 1e9 }
    file == 3 && $1 == "fix" { images += t >= from_s; good += t >= from_s && $3 == "accepted"; false += $21; next }
    file == 3 && $1 == "state" && $7 != "" && t >= from_s {
      ++n; nees += $13; h = sqrt($7 * $7 + $8 * $8); if (h > hor) hor = h; if (abs($9) > abs(ver)) ver = $9; last_h = h; last_v = $9
    }
    END {
      printf "| %s | %s | %d, %d, %d | %d | %d of %d | %d | %.1f, %.1f | %.1f, %.1f | %.1f |\n", name, first == "" ? "–" : sprintf("%.1f s", first),
        refused["range"], refused["fix"], refused["attitude"], trust, good, images, false, hor, ver, last_h, last_v, n ? nees / n : 0
    }' "$4/state_groundtruth_estimate0/data.csv" "$2/events.csv" "$2/errors.csv"
}

status=0
rows=()
while IFS='|' read -r name from_s list; do
  [[ -n $name ]] || continue
  fault "$name" "$list" "$from_s" && rows+=("$out/$name.csv") || status=1
done <<'FAULTS'
none|0|
late-first-return|0|{sensor: altimeter, kind: late_first_return, max_range_m: 900}
dropout|20|{sensor: altimeter, kind: dropout, from_s: 20, until_s: 50}
constant-reading|20|{sensor: altimeter, kind: constant_reading, from_s: 20, until_s: 40}
bias-step|20|{sensor: altimeter, kind: bias_step, bias_m: 200, from_s: 20, until_s: 50}
small-bias-step|20|{sensor: altimeter, kind: bias_step, bias_m: 10, from_s: 20, until_s: 50}
noise-x10|20|{sensor: altimeter, kind: noise, factor: 10, from_s: 20}
multipath|20|{sensor: altimeter, kind: multipath, extra_m: 200, from_s: 20}
boulder|70|{sensor: altimeter, kind: boulder, height_m: 8, from_s: 70, until_s: 73}
frozen-frame|20|{sensor: camera, kind: frozen_frame, from_s: 20, until_s: 40}
over-exposure|20|{sensor: camera, kind: over_exposure, factor: 8, from_s: 20, until_s: 40}
dust|55|{sensor: camera, kind: dust, optical_depth: 4, from_height_m: 600}
blur|20|{sensor: camera, kind: blur, sigma_px: 4, from_s: 20}
lost-frames|10|{sensor: camera, kind: lost_frames, from_s: 10, until_s: 70}
time-tag-late|10|{sensor: camera, kind: time_tag, offset_s: 0.05, from_s: 10, until_s: 79.9}
time-tag-early|10|{sensor: camera, kind: time_tag, offset_s: -0.05, from_s: 10}
boresight|0|{sensor: camera, kind: boresight, angle_deg: 0.2}
focal-length|0|{sensor: camera, kind: focal_length, share: 0.001}
star-tracker-outage|10|{sensor: star_tracker, kind: outage, from_s: 10}
imu-saturation|0|{sensor: imu, kind: accel_saturation, limit_mps2: 2}
map-tie-error|0|{sensor: map, kind: tie_error, east_m: 300}
wrong-map|0|{sensor: map, kind: wrong_map, shift_deg: 3}
map-resolution|0|{sensor: map, kind: resolution, factor: 3}
FAULTS
{
  echo "Made by \`tools/validate $name -n $count --first-seed $first_seed${settings[*]:+ ${settings[*]}}\`: $descent."
  echo
  echo "| fault | first refusal after it began | refused ranges, fixes (images without one), attitudes | decisions on trust | fixes accepted since | false fixes | state, map-relative, worst since: horizontal, vertical, m | at the end, m | NEES since (of 3) |"
  echo "|---|---|---|---|---|---|---|---|---|"
  cat "${rows[@]}"
} >"$out/tables.md"
cat "$out/tables.md"
exit $status
