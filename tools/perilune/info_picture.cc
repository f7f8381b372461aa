#include "tools/perilune/info_picture.h"

#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

namespace perilune::tools {
namespace {

nlohmann::ordered_json JsonOf(const std::filesystem::path& path, const dem::PictureRaster& raster) {
  nlohmann::ordered_json json;
  json["file"] = path.string();
  json["kind"] = "geometry of a picture";
  json["width"] = raster.width;
  json["height"] = raster.height;
  for (const dem::PictureBand& band : raster.bands) {
    nlohmann::ordered_json entry{{"name", band.name}, {"unit", band.unit}};
    if (!std::isnan(band.lowest)) {
      entry["min"] = band.lowest;
      entry["max"] = band.highest;
    }
    entry["valid_share"] = band.valid_share;
    json["bands"].push_back(entry);
  }
  for (const auto& [key, value] : raster.metadata) json["metadata"][key] = value;
  return json;
}

}  // namespace

int DescribePicture(const std::filesystem::path& path, const dem::PictureRaster& raster, bool json) {
  if (json) {
    std::cout << JsonOf(path, raster).dump(2) << "\n";
    return 0;
  }
  std::printf("file         %s\ngeometry of a picture of %d x %d pixels: no map\n", path.c_str(),
              raster.width, raster.height);
  for (const auto& [key, value] : raster.metadata) std::printf("%-27s %s\n", key.c_str(), value.c_str());
  std::printf("%-15s %-4s %15s %15s %8s\n", "band", "unit", "min", "max", "valid %");
  for (const dem::PictureBand& band : raster.bands) {
    std::printf("%-15s %-4s %15.6g %15.6g %8.3f\n", band.name.c_str(), band.unit.c_str(), band.lowest,
                band.highest, 100 * band.valid_share);
  }
  return 0;
}

}  // namespace perilune::tools
