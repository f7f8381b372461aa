# Sourced by tools/validate: chosen sites, classes and p_site of SEEDS synthetic scenes (docs/landing-sites.md). Finished blocks of 20
# seeds are kept. Tuned on seeds from 9001, reported on seeds from 601.
tools/build release hazard_scenes
scenes=build/release/tools/hazard_scenes
keep_parts_of "" $scenes
files=()
blocks=()
for ((seed = first_seed; seed < first_seed + count; seed += 20)); do
  block=$((first_seed + count - seed < 20 ? first_seed + count - seed : 20))
  files+=("$out/scenes_${seed}_$block.csv")
  [[ -f ${files[-1]} ]] || blocks+=("$seed $block ${files[-1]}")
done
# Two at a time: much of a scene runs on one core.
((${#blocks[@]} == 0)) || printf '%s\n' "${blocks[@]}" | xargs -P 2 -L 1 bash -c \
  'echo "== scenes $1 to $(($1 + $2 - 1))" >&2; "$0" --first-seed "$1" -n "$2" >"$3.part" && mv "$3.part" "$3"' "$scenes"

claims_table() {
  echo "| sigma_nav | scenes | hold a site with P_land >= 0.999 | in ground that the map knows | claimed | right where claimed | claimed where held | where known | false claims |"
  echo "|---|---|---|---|---|---|---|---|---|"
  awk -F, 'function share(a, b) { return b ? sprintf("%.2f %%", 100 * a / b) : "-" }
    { for (i = 0; i < 3; ++i) { s = 4 + 6 * i; held = $(s + 1); known = $(s + 2); claim = $(s + 3); right = $(s + 4) >= 0.999
      n[i]++; sigma[i] = $s; h[i] += held; k[i] += known; c[i] += claim; r[i] += claim && right; both[i] += claim && held; knew[i] += claim && known } }
    END { for (i = 0; i < 3; ++i) printf "| %g m | %d | %d | %d | %d | %s | %s | %s | %d |\n", sigma[i], n[i], h[i], k[i], c[i], \
      share(r[i], c[i]), share(both[i], h[i]), share(knew[i], k[i]), c[i] - r[i] }' "$@"
}

reliability_table() {
  echo "| p_site | cells, 6 m apart | mean of the decile | truly safe |"
  echo "|---|---|---|---|"
  awk -F, '{ for (i = 0; i < 10; ++i) { n[i] += $(22 + 3 * i); s[i] += $(23 + 3 * i); p[i] += $(24 + 3 * i) } }
    END { for (i = 0; i < 10; ++i) printf "| %.1f-%.1f | %d | %s | %s |\n", i / 10, (i + 1) / 10, n[i], \
      n[i] ? sprintf("%.1f %%", 100 * p[i] / n[i]) : "-", n[i] ? sprintf("%.1f %%", 100 * s[i] / n[i]) : "-" }' "$@"
}

class_table() {
  echo "| cells | truly safe | of them called hazardous | unsafe by tilt | of them called safe | unsafe by clearance | of them called safe |"
  echo "|---|---|---|---|---|---|---|"
  awk -F, 'function share(a, b) { return b ? sprintf("%.2f %%", 100 * a / b) : "-" }
    { for (i = 0; i < 12; ++i) sum[i] += $(52 + i) }
    END { for (i = 0; i < 12; i += 6) printf "| %s | %d | %s | %d | %s | %d | %s |\n", i ? "at a boundary" : "inner", sum[i], \
      share(sum[i + 1], sum[i]), sum[i + 2], share(sum[i + 3], sum[i + 2]), sum[i + 4], share(sum[i + 5], sum[i + 4]) }' "$@"
}

{
  echo "Made by \`tools/validate hazard-scenes -n $count --first-seed $first_seed\`. Truth: the footprint test of the true ground."
  for table in claims reliability class; do
    echo
    "${table}_table" "${files[@]}"
  done
} >"$out/tables.md.part"
mv "$out/tables.md.part" "$out/tables.md"
cat "$out/tables.md"
