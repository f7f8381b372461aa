# Sourced by tools/validate: each libFuzzer target of tests/fuzz for $seconds seconds, from its corpus and what earlier runs found
# new (kept in $out/NAME/corpus). A finding is left as $out/NAME/crash-*, timeout-* or oom-*: mend it, and put it into
# tests/fuzz/corpus/NAME, where the quick tests replay it. Fails when there is one.
[[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "--seconds $seconds: must be a whole number above zero"
tools/build fuzz fuzz_readers

# OpenCV, GDAL and their libraries are not instrumented and keep what they allocate once: leaks there are no findings of ours.
# Containers of what is not instrumented would alarm falsely.
export ASAN_OPTIONS=detect_leaks=0:detect_container_overflow=0:allocator_may_return_null=1
findings=0
printf '%-12s %12s %8s %8s %s\n' target executions exec/s features findings | tee "$out/table.txt"
for seeds in tests/fuzz/corpus/*/; do
  name=$(basename "$seeds")
  folder=$out/$name
  mkdir -p "$folder/corpus"
  # A hang is an input of some kilobytes that takes more than 10 s.
  PERILUNE_FUZZ_TARGET=$name build/fuzz/tests/fuzz_readers -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$folder/" "$folder/corpus" "$seeds" >"$folder/log.txt" 2>&1 || true
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log.txt")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$folder/log.txt")
  features=$(sed -n 's/.* ft: \([0-9]*\) .*/\1/p' "$folder/log.txt" | tail -1)
  found=$(find "$folder" -maxdepth 1 -name 'crash-*' -o -maxdepth 1 -name 'timeout-*' -o -maxdepth 1 -name 'oom-*' | wc -l)
  [[ -n $runs ]] || ((found > 0)) || fail "$name did not run: see $folder/log.txt"
  findings=$((findings + found))
  printf '%-12s %12s %8s %8s %s\n' "$name" "${runs:-none}" "${rate:--}" "${features:--}" "$found" | tee -a "$out/table.txt"
done
((findings == 0)) || { echo "$findings findings below $out" >&2 && exit 1; }
