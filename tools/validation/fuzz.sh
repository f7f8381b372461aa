# Sourced by tools/validate: each libFuzzer target of tests/fuzz for $seconds seconds, from its corpus and what earlier runs found
# new (kept in $out/NAME/corpus), as many at a time as there are cores. The mutations follow $first_seed, so that on a new folder
# two runs take the same path as far as they come. A finding is left as $out/NAME/crash-*, timeout-* or oom-*:
# mend it, and put it into tests/fuzz/corpus/NAME, where the quick tests replay it. Fails when there is one.
[[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "--seconds $seconds: must be a whole number above zero"
tools/build asan-ubsan fuzz_readers

# OpenCV, GDAL and their libraries are not instrumented and keep what they allocate once: leaks there are no findings of ours.
# Containers of what is not instrumented would alarm falsely.
export ASAN_OPTIONS=detect_leaks=0:detect_container_overflow=0:allocator_may_return_null=1

findings() { find "$1" -maxdepth 1 \( -name 'crash-*' -o -name 'timeout-*' -o -name 'oom-*' \) | wc -l; }
last() { sed -n "$1" "$2" | tail -1; }
row() { printf '%-12s %12s %8s %8s %s\n' "$@"; }
fuzz_target() { # fuzz_target NAME; a hang is an input of some kilobytes that takes more than 10 s
  local folder=$out/$1
  mkdir -p "$folder/corpus"
  PERILUNE_FUZZ_TARGET=$1 build/asan-ubsan/tests/fuzz_readers -seed="$first_seed" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -max_len=65536 \
    -print_final_stats=1 -artifact_prefix="$folder/" "$folder/corpus" "tests/fuzz/corpus/$1" >"$folder/log.txt" 2>&1 || true
  row "$1" "$(last 's/^stat::number_of_executed_units: *//p' "$folder/log.txt")" \
    "$(last 's/^stat::average_exec_per_sec: *//p' "$folder/log.txt")" \
    "$(last 's/.* ft: \([0-9]*\) .*/\1/p' "$folder/log.txt")" "$(findings "$folder")" | tee "$folder/row.txt"
}
export out seconds first_seed
export -f findings last row fuzz_target

targets=$(cd tests/fuzz/corpus && ls -d */ | tr -d /)
for target in $targets; do rm -f "$out/$target/row.txt"; done
row target executions exec/s features findings | tee "$out/table.txt"
xargs -P "$(nproc)" -I{} bash -c 'fuzz_target {}' <<<"$targets"

found=0
for target in $targets; do
  cat "$out/$target/row.txt" >>"$out/table.txt"
  found=$((found + $(findings "$out/$target")))
  grep -q '^stat::number_of_executed_units' "$out/$target/log.txt" || (($(findings "$out/$target") > 0)) ||
    fail "$target did not run: see $out/$target/log.txt"
done
((found == 0)) || { echo "$found findings below $out" >&2 && exit 1; }
