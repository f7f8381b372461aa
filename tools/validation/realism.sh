# Sourced by tools/validate: renderings against the Apollo frames, and pictures of synthetic ground against NAC images. What is
# finished is kept while seed and program are the same.
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

# ground FILE TYPE SPACING OPTION...: a synthetic DEM and, beside it, its albedo, made once. Of seed `seed`.
ground() {
  local file=$1
  [[ -f $file ]] || $perilune terrain --synth "$2" --seed "$seed" --spacing-m "$3" "${@:4}" --albedo "${file%.tif}_albedo.tif" -o "$file" >/dev/null 2>&1
}

# picture FILE DEM LAT LON OPTION...: a picture of such ground, made once.
picture() {
  [[ -f $1 ]] || $perilune render --map "$2" --albedo-map "${2%.tif}_albedo.tif" --lat "$3" --lon "$4" --above-ground --noise \
    --sun-samples 8 --anti-alias --size-px 800 "${@:5}" -o "$1" >/dev/null
}

# 800 x 800 px from straight above, 0.5 to 5 m a pixel, incidence 30 to 80 degrees, four site types. Ground of a quarter of a pixel, so
# that craters down to a pixel are there: with half a pixel those below two are missing, and power at 3 to 5 px with them. Each type and
# pixel has a seed of its own: one large crater in the middle would else be in a quarter of the pictures.
synthetic_pictures() {
  local type metres incidence seed=$first_seed
  for type in mare highland polar ejecta; do
    for metres in 0.5 1 2 5; do
      local dem=$out/ground/${type}_$metres.tif
      ground "$dem" $type "$(calc "$metres / 4")" --size-m "$(calc "$metres * 1000")"
      for incidence in 30 50 65 80; do
        picture "$out/synthetic/${type}_${metres}m_$incidence.png" "$dem" 0 0 --height-m "$(calc "$metres * 20000")" --fov-deg 2.2915 \
          --sun-elevation-deg $((90 - incidence)) --sun-azimuth-deg 300
      done
      seed=$((seed + 1))
    done
  done
}

calc() { awk "BEGIN { printf \"%.9g\", $1 }"; }

# Over the rim of the freshest crater of 30 to 80 m within 1.5 km, from 10 m up: its own window of the same ground.
crater_rim() {
  local dem=$out/ground seed=$first_seed easting northing lat lon diameter
  if [[ ! -f $dem/around.csv ]]; then
    $perilune terrain --synth mare --seed "$first_seed" --spacing-m 2 --size-m 3000 --craters "$dem/around.csv" -o "$dem/around.tif" >/dev/null 2>&1
  fi
  # Columns: id, easting, northing, lat, lon, diameter, depth, rim, diffusion, age, secondary, wiped out.
  read -r easting northing lat lon diameter < <(awk -F, 'NR > 1 && !$11 && !$12 && $6 >= 30 && $6 <= 80 { print $9, $2, $3, $4, $5, $6 }' \
    "$dem/around.csv" | sort -g | head -1 | cut -d' ' -f2-)
  ground "$dem/rim.tif" mare 0.06 --window-m "$(calc "$easting - 1.6 * $diameter")" "$(calc "$northing - 2.2 * $diameter")" \
    "$(calc "$easting + 1.6 * $diameter")" "$(calc "$northing + 1.6 * $diameter")"
  picture "$out/gallery/crater_rim.png" "$dem/rim.tif" "$(calc "$lat - 0.85 * $diameter / 1737400 * 57.29578")" "$lon" --height-m 10 \
    --off-nadir-deg 68 --fov-deg 60 --sun-elevation-deg 20 --sun-azimuth-deg 285
}

# The pictures of docs/realism.md.
gallery() {
  local dem=$out/ground seed=$first_seed
  ground "$dem/noon.tif" mare 0.5 --size-m 1000
  picture "$out/gallery/mare_noon.png" "$dem/noon.tif" 0 0 --height-m 2000 --fov-deg 24 --sun-elevation-deg 80 --sun-azimuth-deg 200
  ground "$dem/pole.tif" polar 8 --size-m 16000
  picture "$out/gallery/pole_1.5_deg.png" "$dem/pole.tif" 0 0 --height-m 12000 --fov-deg 40 --sun-elevation-deg 1.5 --sun-azimuth-deg 60
  ground "$dem/touchdown.tif" ejecta 0.02 --size-m 44
  picture "$out/gallery/rocks_touchdown.png" "$dem/touchdown.tif" 0 0 --height-m 25 --fov-deg 60 --sun-elevation-deg 20 --sun-azimuth-deg 90
  crater_rim
}

keep_parts_of "first seed $first_seed," "$perilune"
mkdir -p "$out"/{ground,synthetic,gallery}
tables=$out/tables.md
echo "Renderings of synthetic ground: five to ten minutes." >&2
synthetic_pictures
gallery
{
  echo "Made by \`tools/validate realism --first-seed $first_seed\` (pictures: seeds $first_seed to $((first_seed + 15)))."
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
