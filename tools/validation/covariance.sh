# Sourced by tools/validate: the likeliest constants of the covariance of a fix (nav::MatchErrorModel) beside those in use. -n N:
# worlds of `perilune accuracy`, and 1/3 as many seeds each of demo and hadley, from --first-seed K on. Finished parts are kept
# while the program is the same.
tools/build release covariance_fit
fit=build/release/tools/covariance_fit
keep_parts_of "" $fit "$perilune"
poses=$out/poses
mkdir -p "$poses"
for ((seed = first_seed; seed < first_seed + count; ++seed)); do
  [[ -f $poses/$seed.jsonl ]] && continue
  echo "covariance: world $seed" >&2
  $fit world --seed $seed -o "$poses/$seed.jsonl"
done
flights=$(((count + 2) / 3))
for scenario in demo hadley; do
  for ((seed = first_seed; seed < first_seed + flights; ++seed)); do
    file=$poses/$scenario-$seed.jsonl
    [[ -f $file ]] && continue
    echo "covariance: $scenario $seed" >&2
    rm -rf "$out/flight"
    $perilune campaign $scenario -n 1 --first-seed $seed --set camera.rate_hz=0.2 --keep -o "$out/flight" >/dev/null
    $fit descent "$out/flight/shards/$scenario-$seed"/{run,sequence} -o "$file"
  done
done
rm -rf "$out/flight"
{
  echo "Made by \`tools/validate covariance -n $count --first-seed $first_seed\`."
  echo
  $fit fit "$poses"/*.jsonl --hold overlap_power
} >"$out/tables.md.part"
mv "$out/tables.md.part" "$out/tables.md"
cat "$out/tables.md"
