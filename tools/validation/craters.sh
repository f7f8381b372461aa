# Sourced by tools/validate: identification of simulated crater detections over the whole Moon, the detector itself, catalogues from DEMs (docs/craters.md).
# -n N: tries of each kind (default 20; the published tables have 1000); --first-seed K. Finished parts are kept.
data=${PERILUNE_DATA:-../shared/data}
tools/build release crater_trials crater_detections
trials=build/release/tools/crater_trials
catalog=$out/robbins.craters

[[ -f $catalog ]] || $perilune craters catalog import "$data/craters/robbins_navigation_llh.csv" --mapping robbins_navigation \
  --dem "$data/dem/gld100_16ppd_global.tif" -o "$catalog"

# part NAME OPTION...: a CSV file of tries, made once.
part() {
  local file=$out/$1_${first_seed}_$count.csv
  if [[ ! -f $file ]]; then
    echo "craters: ${*:2}" >&2
    $trials --catalog "$catalog" -n "$count" --seed "$first_seed" "${@:2}" >"$file.part"
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
      if ($6 == "right") { ++k; nees += $13; ratio += ($11 / $12) ^ 2 }
    }
    END {
      printf "| %s | %d | %d | %d (%.1f %%) | %d | %.2f %% | %.1f %% | %.2f | %.2f | %.3f / %.3f |\n", label, n, fit, right, fit ? 100 * right / fit : 0, wrong,
        named ? 100 * named_right / named : 0, detected ? 100 * named_right / detected : 0, k ? sqrt(ratio / k) : 0, k ? nees / k / 3 : 0, seconds / n, longest
    }' "$3"
}

header() {
  echo "| $1 | views | with enough craters | of these right | wrong, of all views | identities right | true ones found | rms error / Cramer-Rao | NEES / 3 | s a try, mean / longest |"
  echo "|---|---|---|---|---|---|---|---|---|---|"
}

{
  echo "Made by \`tools/validate craters -n $count --first-seed $first_seed\`."
  echo && header "what is known"
  outcome "prior, 3 km and 1 deg" 6 "$(part prior --mode prior)"
  outcome "attitude, 0.01 deg" 6 "$(part known --mode known)"
  outcome "intrinsics alone" 8 "$(part lost --mode lost)"
  for mode in known lost; do
    least=6 && [[ $mode == lost ]] && least=8
    echo && echo "## Mode $mode: noise, missed, false, catalogue" && echo
    header "1 px, 3 %, 30 % missed, 20 % false but"
    for px in 0.5 2 4; do outcome "$px px" $least "$(part "${mode}_px$px" --mode $mode --centre-px $px)"; done
    for axes in 0.01 0.06 0.12; do outcome "axes $axes" $least "$(part "${mode}_axes$axes" --mode $mode --axes $axes)"; done
    for missed in 0 0.5 0.7; do outcome "missed $missed" $least "$(part "${mode}_missed$missed" --mode $mode --missed $missed)"; done
    for false in 0 0.4 0.6; do outcome "false $false" $least "$(part "${mode}_false$false" --mode $mode --false $false)"; done
    for keep in 0.25 0.5; do outcome "share $keep of the catalogue" $least "$(part "${mode}_keep$keep" --mode $mode --keep $keep)"; done
  done
} >"$out/tables.md"

# The detector: labelled NAC images (boxes as they are; less the margin they leave), and $count scenes, at most 6, by the Sun's elevation.
detections=build/release/tools/crater_detections
scenes=$((count < 6 ? count : 6))
renders=$out/renders_${first_seed}_$scenes.md
[[ -f $renders ]] || { $detections renders -n "$scenes" --seed "$first_seed" >"$renders.part" && mv "$renders.part" "$renders"; }
{
  echo && echo "## Detection: NAC images, boxes as they are" && echo
  $detections nac "$data/nac_craters" --svg "$out/detection_nac.svg"
  echo && echo "## Detection: NAC images, 3 px added to the diameters found" && echo
  $detections nac "$data/nac_craters" --margin-px 3 --svg "$out/detection_nac_margin.svg"
  echo && echo "## Detection: renders of $scenes scenes from seed $first_seed" && echo
  cat "$renders"
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
