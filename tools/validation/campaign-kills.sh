# Sourced by tools/validate: a campaign of COUNT seeds of a cheap scenario (tests/datasets/tiny.yaml: 96 px, four images) that runs
# through, and one of the same seeds that is killed with -9 twice, at moments drawn from the seed, and begun again: both must pool to
# the same aggregate.json and table.md, byte for byte.
scenario=tests/datasets/tiny.yaml
program=$PWD/$out/perilune
mkdir -p "$out"
if ! cmp -s "$perilune" "$program"; then
  rm -rf "$out/through" "$out/killed" # shards of another program are none
  cp "$perilune" "$program"
fi
finished() { # `find` would fail where a shard's folder is renamed while it looks
  local shards=("$out/killed/shards"/*/)
  [[ -d ${shards[0]} ]] && echo "${#shards[@]}" || echo 0
}
fly() { "$program" campaign "$scenario" -n "$count" --first-seed "$first_seed" "${settings[@]}" -o "$out/$1"; }

fly through >/dev/null 2>"$out/through.log" || { cat "$out/through.log" >&2 && exit 1; }

rm -rf "$out/killed"
mkdir -p "$out/killed/shards"
RANDOM=$first_seed
finished_at_kill=()
for kill_number in 1 2; do
  # The first within the first half of the seeds, the second within the second.
  wanted=$(((kill_number - 1) * count / 2 + RANDOM % (count / 2 > 0 ? count / 2 : 1)))
  setsid "$program" campaign "$scenario" -n "$count" --first-seed "$first_seed" "${settings[@]}" -o "$out/killed" >/dev/null 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    (($(finished) < wanted)) || break
    sleep 0.05
  done
  sleep "0.$((RANDOM % 1000))"
  kill -KILL -- "-$pid" 2>/dev/null || true # and the step that it was running
  wait "$pid" 2>/dev/null || true
  finished_at_kill+=("$(finished)")
done
fly killed >/dev/null 2>"$out/killed.log" || { cat "$out/killed.log" >&2 && exit 1; }

same=yes
for file in aggregate.json table.md; do cmp "$out/through/$file" "$out/killed/$file" || same=no; done
left_over=$(find "$out/killed/shards" -mindepth 1 -maxdepth 1 -name '.*' | wc -l)
{
  echo "Made by \`tools/validate $name -n $count --first-seed $first_seed${settings[*]:+ ${settings[*]}}\`: $count seeds, killed when ${finished_at_kill[0]} and ${finished_at_kill[1]} were finished."
  echo "The same aggregate: $same. Unfinished shards left over: $left_over."
} | tee "$out/table.md"
[[ $same == yes && $left_over == 0 ]]
