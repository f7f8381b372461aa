# Sourced by tools/validate: COUNT times a run of 60 images is interrupted at a random moment (kill -9, Ctrl-C, a full 4 MB disk in
# turn) and resumed; each must end with the bytes of the run that was never interrupted, and no half folder may stand in between.
# The moments come from the seed. Full disks need root (a small tmpfs); without it they are skipped, and said so.
rm -rf "$out"
mkdir -p "$out"
# A copy: a build in the meantime must not change the program between a kill and its resume.
cp "$perilune" "$out/perilune"
perilune=$PWD/$out/perilune
sequence=$out/sequence
$perilune simulate tests/tools/perilune/navigate_hop.yaml --set camera.rate_hz=5 --set camera.size_px=128 "${settings[@]}" \
  -o "$sequence" >/dev/null
start_ms=$(date +%s%3N)
$perilune navigate "$sequence" -o "$out/whole" 2>/dev/null >/dev/null
whole_ms=$(($(date +%s%3N) - start_ms))
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

RANDOM=$first_seed
declare -A tried=() same=() early=()
half=0 leftovers=0 differing=0

# Starts a run whose moment of death is drawn; its exit code is of no interest.
interrupt_run() { # kind folder
  local signal=KILL
  [[ $1 == sigint ]] && signal=INT
  if [[ $1 == full-disk ]]; then
    local free_kb=$((whole_kb * (RANDOM % 1000) / 1000))
    dd if=/dev/zero of="$2/filler" bs=1k count=$((4096 - free_kb)) status=none 2>/dev/null || true
    $perilune navigate "$sequence" -o "$2/run" >/dev/null 2>&1 || true
    rm -f "$2/filler"
    return
  fi
  local after_ms=$((whole_ms * (RANDOM % 1000) / 1000))
  # A shell's children in the background ignore Ctrl-C: env gives its default back.
  env --default-signal=INT "$perilune" navigate "$sequence" -o "$2/run" >/dev/null 2>&1 &
  local pid=$!
  sleep "$((after_ms / 1000)).$(printf %03d $((after_ms % 1000)))"
  kill -$signal "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

for ((i = 0; i < count; ++i)); do
  kinds=(kill-9 sigint full-disk)
  kind=${kinds[$((i % 3))]}
  if [[ $kind == full-disk && -z $disk_mounted ]]; then continue; fi
  folder=$out/work
  [[ $kind == full-disk ]] && folder=$disk
  rm -rf "$folder/run" "$folder/.run.part"
  mkdir -p "$folder"
  interrupt_run "$kind" "$folder"
  tried[$kind]=$((${tried[$kind]:-0} + 1))
  # A folder with the run's name is a whole run, or is not there.
  if [[ -e $folder/run && ! -e $folder/run/run.json ]]; then half=$((half + 1)); fi
  done_before=0
  if [[ -d $folder/.run.part/frames ]]; then done_before=$(find "$folder/.run.part/frames" -name '[0-9]*.json' | wc -l); fi
  early[$kind]=$((${early[$kind]:-0} + (done_before < images)))
  $perilune navigate "$sequence" -o "$folder/run" --resume >"$out/log.txt" 2>&1 || cat "$out/log.txt" >&2
  if diff -rq --exclude=timing.json "$out/whole" "$folder/run" >"$out/difference.txt" 2>&1; then
    same[$kind]=$((${same[$kind]:-0} + 1))
  else
    differing=$((differing + 1))
    echo "kills: $kind number $i differs:" >&2
    cat "$out/difference.txt" >&2
  fi
  others=$(find "$folder" -mindepth 1 -maxdepth 1 ! -name run | wc -l)
  if ((others > 0)); then leftovers=$((leftovers + 1)); fi
done

{
  echo "Made by \`tools/validate $name -n $count --first-seed $first_seed${settings[*]:+ ${settings[*]}}\`: a run of $images images, $((whole_ms / 1000)).$(((whole_ms % 1000) / 100)) s, $whole_kb kB."
  echo
  echo "| interrupted by | runs | before the last image | resumed to the same bytes |"
  echo "|---|---|---|---|"
  for kind in kill-9 sigint full-disk; do
    echo "| $kind | ${tried[$kind]:-skipped} | ${early[$kind]:-} | ${same[$kind]:-0} |"
  done
  echo
  echo "Half folders: $half. Folders with something left over after the resume: $leftovers."
} | tee "$out/table.md"
((half == 0 && leftovers == 0 && differing == 0))
