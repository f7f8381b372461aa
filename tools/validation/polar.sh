# Sourced by tools/validate: hazard maps larger than memory (docs/hazards.md), from 4 to 1074 million cells of the south polar DEM
# refined to 10 m; the largest is four copies of the third beside each other. Time is linear in the cells and memory bounded when the
# columns of the table say so. Takes about half an hour of two free cores and 60 GB of disk; finished sizes are kept.
data=${PERILUNE_DATA:-../shared/data}
keep_parts_of "" "$perilune"
rm -rf "$out.before"/{ground,hazards}* # tens of gigabytes; its rows are kept
options="--footprint-m 40 --roughness-m 3 --height-sigma-m 0.5 --separation-m 5000 --dispersion-m 100 --block-cells 1024"

# ground SIDE: a DEM of SIDE x SIDE cells.
ground() {
  [[ -f $out/ground$1.tif ]] || $perilune terrain --refine "$data/dem/gld100_64ppd_south_polar.tif" --effective-resolution-m 2000 \
    --lat -86 --lon 30 --size-m $(($1 * 10)) --spacing-m 10 -o "$out/ground$1.tif"
}

# four_grounds SIDE FILE: a virtual DEM of 2 x 2 copies of the ground of SIDE cells.
four_grounds() {
  local side=$1 x y
  {
    echo "<VRTDataset rasterXSize=\"$((2 * side))\" rasterYSize=\"$((2 * side))\">"
    echo "<SRS>+proj=ortho +lat_0=-86 +lon_0=30 +R=1737400 +units=m +no_defs</SRS>"
    echo "<GeoTransform>$((-10 * side)), 10, 0, $((10 * side)), 0, -10</GeoTransform>"
    echo "<VRTRasterBand dataType=\"Float32\" band=\"1\"><NoDataValue>nan</NoDataValue>"
    for y in 0 1; do
      for x in 0 1; do
        echo "<SimpleSource><SourceFilename relativeToVRT=\"1\">ground$side.tif</SourceFilename><SourceBand>1</SourceBand>" \
          "<SourceProperties RasterXSize=\"$side\" RasterYSize=\"$side\" DataType=\"Float32\" BlockXSize=\"512\" BlockYSize=\"512\"/>" \
          "<SrcRect xOff=\"0\" yOff=\"0\" xSize=\"$side\" ySize=\"$side\"/>" \
          "<DstRect xOff=\"$((x * side))\" yOff=\"$((y * side))\" xSize=\"$side\" ySize=\"$side\"/></SimpleSource>"
      done
    done
    echo "</VRTRasterBand></VRTDataset>"
  } >"$2"
}

# measured CELLS DEM: maps it and prints a row of the table: cells, wall and CPU seconds, largest resident memory, bytes written.
measured() {
  local cells=$1 dem=$2 folder=$out/hazards$1 row=$out/row$1.md pid begin cpu=0 memory=0 value hertz
  [[ -f $row ]] && return
  hertz=$(getconf CLK_TCK)
  begin=$(date +%s)
  $perilune hazards "$dem" -o "$folder" --overwrite $options >"$out/log$cells" 2>&1 &
  pid=$!
  while value=$(awk '{ print $14 + $15 }' "/proc/$pid/stat" 2>/dev/null) && [[ -n $value ]]; do
    cpu=$value
    value=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null) || break # it ended just now
    [[ -n $value ]] && memory=$value
    sleep 0.2
  done
  wait "$pid"
  awk -v cells="$cells" -v wall=$(($(date +%s) - begin)) -v cpu="$cpu" -v hertz="$hertz" -v memory="$memory" \
    -v bytes="$(du -sb "$folder" | cut -f 1)" 'BEGIN { printf "| %.1f | %d s | %.0f s | %.2f us | %.0f MB | %.2f GB |\n", \
      cells / 1e6, wall, cpu / hertz, 1e6 * cpu / hertz / cells, memory / 1024, bytes / 1e9 }' >"$row"
}

for side in 2048 4096 8192 16384; do
  ground $side
  measured $((side * side)) "$out/ground$side.tif"
done
four_grounds 16384 "$out/ground32768.vrt"
measured $((32768 * 32768)) "$out/ground32768.vrt"
{
  echo "Made by \`tools/validate polar\`: all bands, class, reasons, sites and picture, by blocks of 1024 cells, $options."
  echo
  echo "| million cells | wall | CPU | CPU a cell | largest resident memory | written |"
  echo "|---|---|---|---|---|---|"
  for side in 2048 4096 8192 16384 32768; do cat "$out/row$((side * side)).md"; done
} >"$out/tables.md"
cat "$out/tables.md"
