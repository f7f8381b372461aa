# Sourced by tools/validate: the landings of datasets/scenarios over many seeds (docs/landings.md). Three seeds of a case are rendered (from
# --first-seed on), -n N more (from the hundredth after it) flown at measurement level from the match residuals of those three.
export PERILUNE_DATA=${PERILUNE_DATA:-$(cd .. && pwd)/shared/data}
source tools/validation/landing_cases
rendered=3

# campaign FOLDER CASE COUNT SEED OPTIONS...: resumable by seeds; a failed seed is told and left out.
campaign() {
  local folder=$1 case=$2 code=0
  echo "== $case: $3 seeds from $4, ${folder##*-}" >&2
  nice -n 5 $perilune campaign "$case" -n "$3" --first-seed "$4" "${settings[@]}" "${@:5}" -o "$folder" >/dev/null || code=$?
  ((code <= 1)) || exit $code
  ((code == 0)) || status=1
}

# summary CASE LEVEL TABLE: a row of what a campaign's table.md says.
summary() {
  awk -F' *[|] *' -v case="$1" -v level="$2" '
    function short(nees) { sub(/ of 3.*/, "", nees); return nees }
    /^### / { split($0, word, /[: ]+/); seeds = word[3] }
    /^\| frames / { images = $3 }
    /^\| availability/ { available = $3 }
    /^\| false, over accepted frames/ { false = $3 ", " $4 }
    /^\| map-relative horizontal error, m / { horizontal = $4 }
    /^\| map-relative vertical error, m / { vertical = $4 }
    /^\| map-relative position NEES/ { nees = short($3) ", " short($4) }
    /^\| protection level/ { levels = 1 }
    levels && /^\| 0.1 / { given = $3; tenth = $4 ", " $6 }
    levels && /^\| 0.01 / { hundredth = $4 ", " $6; runs = $5 ", " $7 }
    END {
      printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", case, level, seeds, images, available, false, nees, horizontal,
        vertical, given, tenth, hundredth, runs
    }' "$3"
}

status=0
cases=$main_cases
for case in $nominal_cases; do cases+=" $case/nominal"; done
for case in $cases; do
  folder=$out/${case/\//-}
  campaign "$folder-rendered" "$case" $rendered "$first_seed" --write-match-residuals
  residuals=()
  for file in "$folder-rendered"/shards/*/run/match_residuals.csv; do residuals+=(--match-residuals "$file"); done
  campaign "$folder-measurement" "$case" "$count" $((first_seed + 100)) "${residuals[@]}"
done

tables=$out/tables.md
{
  echo "Made by \`tools/validate $name -n $count --first-seed $first_seed${settings[*]:+ ${settings[*]}}\`."
  echo
  echo "| case | level | seeds | images (no map) | fixes available (worst run) | false: fixes, states | NEES of 3: fixes, states | state, map-relative: horizontal, m | vertical, m | protection level given for | states beyond it at 0.1: horizontal, vertical | at 0.01 | runs with a state beyond it at 0.01 |"
  echo "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
  for case in $cases; do
    for level in rendered measurement; do
      [[ ! -f $out/${case/\//-}-$level/table.md ]] || summary "$case" "$level" "$out/${case/\//-}-$level/table.md"
    done
  done
  for case in $cases; do
    [[ ! -f $out/${case/\//-}-measurement/table.md ]] || { echo && cat "$out/${case/\//-}-measurement/table.md"; }
  done
} >"$tables.part"
mv "$tables.part" "$tables"
cat "$tables"
echo "Written: $tables" >&2
exit $status
