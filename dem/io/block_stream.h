#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dem/io/write_raster.h"
#include "dem/raster/cell_window.h"
#include "dem/raster/raster.h"

namespace perilune::dem {

/// Where and how large a streamed file is.
struct StreamPlace {
  int width = 0;
  int height = 0;
  std::string crs_wkt;
  Eigen::Affine2d crs_from_pixel = Eigen::Affine2d::Identity();
  /// Cells of at most this many bytes wait in memory: a small product needs no more disk than itself.
  std::size_t largest_in_memory_bytes = std::size_t{16} << 20;
};

/// Writes a raster of one band that may be larger than memory, by blocks in any order: to a hidden
/// uncompressed temporary beside the target (or to memory, StreamPlace), from which they can be read again,
/// then the same Cloud-Optimised GeoTIFF as WriteGeoTiff. The temporary needs sizeof(T) bytes a cell of disk
/// for that time; quickest with blocks of whole tiles of kStreamTile cells. It goes with the object, the
/// target appears in Finish. T: float, uint8_t, uint16_t.
template <typename T>
class BlockStream {
 public:
  static constexpr int kStreamTile = 512;

  /// Throws WriteError, std::invalid_argument for a size below 1 or WKT that is no CRS.
  BlockStream(const std::filesystem::path& path, const StreamPlace& place);
  ~BlockStream();
  BlockStream(BlockStream&&) noexcept;
  BlockStream& operator=(BlockStream&&) noexcept;

  /// Cells from (col, row) on. Throws WriteError; std::invalid_argument for cells outside.
  void Write(int col, int row, const Grid<T>& block);
  /// Cells that were written; 0 elsewhere. Throws WriteError, std::invalid_argument likewise.
  Grid<T> Read(const CellWindow& window) const;
  /// Makes the file and removes the temporary. Throws WriteError.
  void Finish(const BandLabel& label, std::optional<T> nodata,
              const std::vector<std::pair<std::string, std::string>>& metadata);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace perilune::dem
