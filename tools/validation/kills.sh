# Sourced by tools/validate: COUNT times a run of 61 images is interrupted at a random moment (kill -9, Ctrl-C, a full 4 MB disk in
# turn) and resumed; each must end with the bytes of the run that was never interrupted, and no half folder may stand in between.
# The moments come from the seed. Full disks need root (a small tmpfs); without it they are skipped, and said so.
mkdir -p "$out"
table=$out/table.csv
if [[ ! -x $out/perilune ]] || ! cmp -s "$perilune" "$out/perilune" || [[ ! -e $out/whole/run.json ]]; then
  rm -rf "$out/sequence" "$out/whole" "$table"
  # A copy: a build in the meantime must not change the program between a kill and its resume.
  cp "$perilune" "$out/perilune"
  "$out/perilune" simulate tests/tools/perilune/navigate_hop.yaml --set camera.rate_hz=5 --set camera.size_px=96 "${settings[@]}" \
    -o "$out/sequence" >/dev/null 2>&1
  start_ms=$(date +%s%3N)
  "$out/perilune" navigate "$out/sequence" -o "$out/whole" >/dev/null 2>&1
  echo $(($(date +%s%3N) - start_ms)) >"$out/whole_ms"
fi
perilune=$PWD/$out/perilune
sequence=$out/sequence
whole_ms=$(<"$out/whole_ms")
images=$(find "$out/whole/frames" -name '*.json' | wc -l)
whole_kb=$(du -sk "$out/whole" | cut -f1)

disk=$out/disk
mkdir -p "$disk"
disk_mounted=
if mount -t tmpfs -o size=4m tmpfs "$disk" 2>/dev/null; then
  disk_mounted=1
  trap 'umount "$disk"' EXIT
else
  echo "kills: no root, no small disk: the full-disk third is SKIPPED" >&2
fi

# Starts a run whose moment of death is drawn; its exit code is of no interest.
interrupt_run() { # kind folder
  local signal=KILL share=$((RANDOM % 1000))
  [[ $1 == sigint ]] && signal=INT
  if [[ $1 == full-disk ]]; then
    dd if=/dev/zero of="$2/filler" bs=1k count=$((4096 - whole_kb * share / 1000)) status=none 2>/dev/null || true
    $perilune navigate "$sequence" -o "$2/run" >/dev/null 2>&1 || true
    rm -f "$2/filler"
    return
  fi
  # A shell's children in the background ignore Ctrl-C: env gives its default back.
  env --default-signal=INT "$perilune" navigate "$sequence" -o "$2/run" >/dev/null 2>&1 &
  local pid=$! after_ms=$((whole_ms * share / 1000))
  sleep "$((after_ms / 1000)).$(printf %03d $((after_ms % 1000)))"
  kill -$signal "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

# One row: number, kind, images that were done, whether the bytes are the same, half folders, leftovers.
try_one() { # number kind
  local folder=$out/work same=1 half=0 entries=0
  [[ $2 == full-disk ]] && folder=$disk
  rm -rf "$folder/run" "$folder/.run.part"
  mkdir -p "$folder"
  RANDOM=$((first_seed + $1))
  interrupt_run "$2" "$folder"
  # A folder with the run's name is a whole run, or is not there.
  if [[ -e $folder/run && ! -e $folder/run/run.json ]]; then half=1; fi
  if [[ -e $folder/run ]]; then entries=$images; fi
  if [[ -d $folder/.run.part/frames ]]; then entries=$(find "$folder/.run.part/frames" -name '[0-9]*.json' | wc -l); fi
  $perilune navigate "$sequence" -o "$folder/run" --resume >"$out/log.txt" 2>&1 || cat "$out/log.txt" >&2
  diff -rq --exclude=timing.json "$out/whole" "$folder/run" >&2 || same=0
  echo "$1,$2,$entries,$same,$half,$(find "$folder" -mindepth 1 -maxdepth 1 ! -name run | wc -l)" >>"$table"
}

[[ -e $table ]] || echo "number,kind,images_done,same_bytes,half_folder,left_over" >"$table"
kinds=(kill-9 sigint full-disk)
for ((i = 0; i < count; ++i)); do
  kind=${kinds[$((i % 3))]}
  if [[ $kind == full-disk && -z $disk_mounted ]] || grep -q "^$i,$kind," "$table"; then continue; fi
  try_one "$i" "$kind"
done

{
  echo "Made by \`tools/validate $name -n $count --first-seed $first_seed${settings[*]:+ ${settings[*]}}\`: a run of $images images, $((whole_ms / 1000)).$(((whole_ms % 1000) / 100)) s, $whole_kb kB."
  echo
  awk -F, -v images="$images" 'NR > 1 { n[$2]++; begun[$2] += $3 < images; same[$2] += $4; half += $5; left += $6 > 0 }
    END { print "| interrupted by | runs | before the last image | resumed to the same bytes |"; print "|---|---|---|---|"
      for (k in n) printf "| %s | %d | %d | %d |\n", k, n[k], begun[k], same[k]
      printf "\nHalf folders: %d. Folders with something left over after the resume: %d.\n", half, left }' "$table"
} | tee "$out/table.md"
! grep -q -e ',0,[01],[0-9]*$' -e ',1,[0-9]*$' -e ',[1-9][0-9]*$' "$table"
