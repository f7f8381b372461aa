#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace perilune::dem {

/// CRS of rasters whose coordinates are the pixels of a picture: what `perilune render` writes beside one.
inline constexpr char kPictureCrs[] = R"(LOCAL_CS["pixels of the picture",UNIT["pixel",1]])";

struct PictureBand {
  std::string name, unit;
  double lowest = 0, highest = 0;  ///< of the pixels that have a value; NaN where none has
  double valid_share = 0;
};

/// What such a raster holds.
struct PictureRaster {
  int width = 0, height = 0;
  std::vector<PictureBand> bands;
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// Reads the whole file once. Nothing when it is no raster or has another CRS; throws DataError when it
/// cannot be read to its end.
std::optional<PictureRaster> ReadPictureRaster(const std::filesystem::path& path);

}  // namespace perilune::dem
