# Sourced by tools/validate: chosen sites and p_site of SEEDS synthetic scenes (docs/landing-sites.md). Finished blocks of 20
# seeds are kept. Tuned on seeds from 9001, reported on seeds from 601.
tools/build release hazard_scenes
scenes=build/release/tools/hazard_scenes
mkdir -p "$out"
files=()
for ((seed = first_seed; seed < first_seed + count; seed += 20)); do
  block=$((first_seed + count - seed < 20 ? first_seed + count - seed : 20))
  file=$out/scenes_${seed}_$block.csv
  if [[ ! -f $file ]]; then
    $scenes --first-seed "$seed" -n "$block" >"$file.part"
    mv "$file.part" "$file"
  fi
  files+=("$file")
done

claims_table() {
  echo "| sigma_nav | scenes | hold a site with P_land >= 0.999 | claimed | right where claimed | claimed where held | false claims |"
  echo "|---|---|---|---|---|---|---|"
  awk -F, '{ for (i = 0; i < 3; ++i) { s = $(2 + 5 * i); held = $(3 + 5 * i); claim = $(4 + 5 * i); right = $(5 + 5 * i) >= 0.999
      n[i]++; sigma[i] = s; h[i] += held; c[i] += claim; r[i] += claim && right; both[i] += claim && held } }
    END { for (i = 0; i < 3; ++i) printf "| %g m | %d | %d | %d | %s | %s | %d |\n", sigma[i], n[i], h[i], c[i], \
      c[i] ? sprintf("%.2f %%", 100 * r[i] / c[i]) : "-", h[i] ? sprintf("%.1f %%", 100 * both[i] / h[i]) : "-", c[i] - r[i] }' "$@"
}

reliability_table() {
  echo "| p_site | cells 12 m apart | truly safe |"
  echo "|---|---|---|"
  awk -F, '{ for (i = 0; i < 10; ++i) { n[i] += $(17 + 2 * i); s[i] += $(18 + 2 * i) } }
    END { for (i = 0; i < 10; ++i) printf "| %.1f-%.1f | %d | %s |\n", i / 10, (i + 1) / 10, n[i], n[i] ? sprintf("%.1f %%", 100 * s[i] / n[i]) : "-" }' "$@"
}

{
  echo "Made by \`tools/validate hazard-scenes -n $count --first-seed $first_seed\`. Truth: the plane fit on the true heights."
  echo
  claims_table "${files[@]}"
  echo
  reliability_table "${files[@]}"
} >"$out/tables.md.part"
mv "$out/tables.md.part" "$out/tables.md"
cat "$out/tables.md"
