# Sourced by tools/validate: first fixes from priors that are kilometres off (docs/coarse.md). -n N: pictures of each region and
# height (default 20: about 400 tries); --first-seed K. Finished parts are kept.
data=${PERILUNE_DATA:-../shared/data}
regions="aristarchus atlas apollo_basin south_polar" # tuned on others: hadley copernicus
heights="2000 6000 20000 60000 100000"

tools/build release coarse_trials
trials=build/release/tools/coarse_trials
keep_parts_of "" $trials

# part FILE COMMAND...: a CSV file, made once.
part() {
  [[ -f $1 ]] && return
  echo "coarse: ${*:2}" >&2
  "${@:2}" >"$1.part" 2>/dev/null
  mv "$1.part" "$1"
}

# rows FILE...: their rows without headers.
rows() { awk 'FNR > 1' "$@"; }

# first_fix_table FILE...: right, wrong and no fix by height and Sun, of pictures of which at least a fifth is lit in truth.
first_fix_table() {
  echo "| height | Sun | tries | right place in the coarse search | right fix | wrong fix | no fix |"
  echo "|---|---|---|---|---|---|---|"
  rows "$@" | awk -F, '
    $1 == $2 && $6 >= 0.2 {
      bin = $5 < 5 ? "1.5-5" : $5 < 45 ? "5-45" : "45-80"
      for (i = 0; i < 2; ++i) {
        key = (i ? "all" : $3 / 1000 " km") "," bin
        ++tries[key]; ++found[key, $7]; if ($16 >= 0 && $16 < 30) ++place[key]
      }
    }
    END {
      split("2 km,6 km,20 km,60 km,100 km,all", height, ","); split("1.5-5,5-45,45-80", sun, ",")
      for (h = 1; h <= 6; ++h) for (s = 1; s <= 3; ++s) {
        key = height[h] "," sun[s]
        if (tries[key]) printf "| %s | %s deg | %d | %d | %d | %d | %d |\n", height[h], sun[s], tries[key], place[key], \
          found[key, "right"], found[key, "wrong"], found[key, "none"]
      }
    }'
}

# wrong_map_table FILE...: what pictures find on the maps of other places.
wrong_map_table() {
  echo "| height | tries | fixes | coarse search alone found something | significance p50 | p99 | largest |"
  echo "|---|---|---|---|---|---|---|"
  rows "$@" | awk -F, '$1 != $2 { print $3 "," $7 "," $14 "," $16 }' | sort -t, -k1,1n -k3,3n | awk -F, '
    function row() {
      if (n) printf "| %g km | %d | %d | %d | %.1f | %.1f | %.1f |\n", height / 1000, n, fixes, found, s[int((n + 1) / 2)], s[int(0.99 * n + 0.5)], s[n]
      n = fixes = found = 0
    }
    $1 != height { row(); height = $1 }
    { s[++n] = $3; fixes += $2 != "none"; found += $4 >= 0 }
    END { row() }'
}

# dark_table FILE...: pictures without any lit ground to speak of, on their own map.
dark_table() {
  rows "$@" | awk -F, '$1 == $2 && $6 < 0.2 { ++n; ++f[$7] }
    END { printf "Pictures of which less than a fifth is lit: %d; right %d, wrong %d, no fix %d.\n", n, f["right"], f["wrong"], f["none"] }'
}

apollo_table() {
  echo "| frame | starts | same pose within 3 sigma | other pose | no fix | largest difference | processor time, s |"
  echo "|---|---|---|---|---|---|---|"
  local frame
  for frame in AS15-M-0297 AS15-M-0298; do
    rows "$out/apollo_$frame.csv" | awk -F, -v frame=$frame '
      { ++n; pose = $4 == "accepted" || $4 == "weak"; same += pose && $8 < 3; other += pose && $8 >= 3; none += !pose
        if (pose && $7 > most) most = $7; seconds += $10 }
      END { printf "| %s | %d | %d | %d | %d | %.1f m | %.2f |\n", frame, n, same, other, none, most, seconds / n }'
  done
}

mkdir -p "$out"
for frame in AS15-M-0297 AS15-M-0298; do
  part "$out/apollo_$frame.csv" $trials apollo --data "$data" --frame $frame -n 100 --seed "$first_seed"
done
files=()
for height in $heights; do
  file=$out/first_fix_${height}_${first_seed}_$count.csv
  part "$file" $trials first-fix --region $regions --height-m "$height" -n "$count" --seed $((first_seed + height))
  files+=("$file")
done
oblique=$out/oblique_${first_seed}_$count.csv
part "$oblique" $trials first-fix --region $regions --height-m 20000 --off-nadir-deg 60 -n "$count" --seed $((first_seed + 1))
{
  echo "Made by \`tools/validate coarse -n $count --first-seed $first_seed\`."
  echo && echo "## Apollo metric frames from 100 random starts" && echo
  apollo_table
  echo && echo "## First fix" && echo
  first_fix_table "${files[@]}"
  echo
  dark_table "${files[@]}"
  echo && echo "## First fix, up to 60 degrees off nadir" && echo
  first_fix_table "$oblique"
  echo && echo "## Maps of other places" && echo
  wrong_map_table "${files[@]}" "$oblique"
  echo && echo "## Processor time" && echo
  rows "${files[@]}" | awk -F, '$1 == $2 { n[$3]++; s[$3] += $17; f[$3] += $18 } END { for (h in n) printf "%g km: search %.2f s, whole fix %.2f s\n", h / 1000, s[h] / n[h], f[h] / n[h] }' |
    sort -n
} >"$out/tables.md"
cat "$out/tables.md"
