# Sourced by tools/validate: renderings against the Apollo frames, and pictures of synthetic ground against NAC images. What is
# finished is kept.
data=${PERILUNE_DATA:-../shared/data}

# Apollo: the pose by `fix`, then the map rendered there against the photograph. Four fiducials are not ground.
apollo_tables() {
  local frame map=$data/dem/gld100_64ppd_apollo15_metric.tif
  for frame in AS15-M-0297 AS15-M-0298; do
    local shot=$data/apollo15_metric/$frame.shot.json
    [[ -d $out/$frame/fix ]] || $perilune fix "$shot" --map "$map" -o "$out/$frame/fix" >/dev/null
    echo
    echo "## $frame"
    echo
    $perilune compare "$shot" --fix "$out/$frame/fix/fix.json" --map "$map" --overwrite -o "$out/$frame/comparison" \
      --mark 506 0 32 --mark 506 1011 32 --mark 0 506 32 --mark 1011 506 32 | sed 's/^/    /'
  done
}

# ground FILE TYPE SEED SPACING SIZE [OPTION...]: a synthetic DEM, made once.
ground() {
  local file=$1
  [[ -f $file ]] || $perilune terrain --synth "$2" --seed "$3" --spacing-m "$4" --size-m "$5" "${@:6}" -o "$file" >/dev/null 2>&1
}

# picture FILE DEM OPTION...: a picture of a DEM, made once.
picture() {
  [[ -f $1 ]] || $perilune render --map "$2" --lat 0 --lon 0 --noise --sun-samples 8 --anti-alias "${@:3}" -o "$1" >/dev/null
}

# 800 x 800 px from straight above, 0.5 to 5 m a pixel, incidence 30 to 80 degrees, four site types, ground of half a pixel.
synthetic_pictures() {
  local type metres incidence
  for type in mare highland polar ejecta; do
    for metres in 0.5 1 2 5; do
      local dem=$out/ground/${type}_$metres.tif
      ground "$dem" $type "$first_seed" "$(calc "$metres / 2")" "$(calc "$metres * 1600")"
      for incidence in 30 50 65 80; do
        picture "$out/synthetic/${type}_${metres}m_$incidence.png" "$dem" --above-ground --height-m "$(calc "$metres * 20000")" --fov-deg 2.2915 \
          --size-px 800 --sun-elevation-deg $((90 - incidence)) --sun-azimuth-deg 300
      done
    done
  done
}

calc() { awk "BEGIN { print $1 }"; }

# The pictures of docs/realism.md.
gallery() {
  local dem=$out/ground
  ground "$dem/noon.tif" mare "$first_seed" 0.5 1600
  picture "$out/gallery/mare_noon.png" "$dem/noon.tif" --above-ground --height-m 2000 --fov-deg 24 --size-px 800 --sun-elevation-deg 80 --sun-azimuth-deg 200
  ground "$dem/pole.tif" polar "$first_seed" 5 16000
  picture "$out/gallery/pole_1.5_deg.png" "$dem/pole.tif" --above-ground --height-m 12000 --fov-deg 40 --size-px 800 --sun-elevation-deg 1.5 \
    --sun-azimuth-deg 60
  ground "$dem/touchdown.tif" ejecta "$first_seed" 0.02 60
  picture "$out/gallery/rocks_touchdown.png" "$dem/touchdown.tif" --above-ground --height-m 25 --fov-deg 60 \
    --size-px 800 --sun-elevation-deg 20 --sun-azimuth-deg 90
  ground "$dem/rim.tif" mare "$first_seed" 0.1 400
  picture "$out/gallery/ground_10m.png" "$dem/rim.tif" --above-ground --height-m 10 --off-nadir-deg 60 --azimuth-deg 120 \
    --fov-deg 60 --size-px 800 --sun-elevation-deg 15 --sun-azimuth-deg 30
}

mkdir -p "$out"/{ground,synthetic,gallery}
tables=$out/tables.md
echo "Renderings of synthetic ground: a few minutes." >&2
synthetic_pictures
gallery
{
  echo "Made by \`tools/validate realism --first-seed $first_seed\`."
  if [[ -d $data/apollo15_metric ]]; then apollo_tables; else echo && echo "No Apollo frames in $data: skipped."; fi
  echo
  echo "## Statistics of pictures"
  echo
  if [[ -d $data/nac_craters/images ]]; then
    mkdir -p "$out/nac"
    cp -f "$data"/nac_craters/images/*.png "$out/nac/" # to look at beside ours; never committed
    $perilune statistics "$out"/synthetic/*.png --against "$out"/nac/*.png
  else
    echo "No NAC images in $data: only our own."
    echo
    $perilune statistics "$out"/synthetic/*.png
  fi
} >"$tables.part"
mv "$tables.part" "$tables"
cat "$tables"
echo "Written: $tables; pictures in $out/gallery, $out/synthetic, $out/nac" >&2
