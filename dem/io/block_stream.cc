#include "dem/io/block_stream.h"

#include <gdal_priv.h>
#include <unistd.h>

#include <stdexcept>

#include "dem/io/atomic_file.h"
#include "dem/io/cog.h"
#include "dem/io/data_error.h"
#include "dem/io/gdal.h"
#include "dem/io/gdal_band.h"

namespace perilune::dem {

template <typename T>
struct BlockStream<T>::Impl {
  std::filesystem::path path, blocks_file;
  StreamPlace place;
  GDALDatasetUniquePtr dataset;

  bool InMemory() const {
    return static_cast<std::size_t>(place.width) * place.height * sizeof(T) <= place.largest_in_memory_bytes;
  }

  void Create() {
    GDALDriver* driver = GetGDALDriverManager()->GetDriverByName(InMemory() ? "MEM" : "GTiff");
    const std::string tile = std::to_string(kStreamTile);
    const std::string block_cols = "BLOCKXSIZE=" + tile, block_rows = "BLOCKYSIZE=" + tile;
    // Sparse, so that a full disk shows when blocks are written.
    const char* const options[] = {"TILED=YES",        block_cols.c_str(), block_rows.c_str(),
                                   "BIGTIFF=IF_SAFER", "SPARSE_OK=TRUE",   nullptr};
    dataset.reset(driver->Create(blocks_file.c_str(), place.width, place.height, 1, GdalTypeOf<T>(),
                                 InMemory() ? nullptr : const_cast<char**>(options)));
  }

  void Remove() {
    GdalErrors errors;  // what closing a temporary reports concerns nobody
    dataset.reset();
    for (const char* suffix : {"", ".aux.xml"}) unlink((blocks_file.string() + suffix).c_str());
  }

  void Transfer(GDALRWFlag direction, const CellWindow& window, const T* cells) const {
    if (window.col < 0 || window.row < 0 || window.width < 1 || window.height < 1 ||
        window.EndCol() > place.width || window.EndRow() > place.height) {
      throw std::invalid_argument("block stream: cells outside the raster");
    }
    GdalErrors errors;
    T* const buffer = const_cast<T*>(cells);  // GDAL only reads what it writes
    const CPLErr result = dataset->GetRasterBand(1)->RasterIO(direction, window.col, window.row, window.width,
                                                              window.height, buffer, window.width,
                                                              window.height, GdalTypeOf<T>(), 0, 0, nullptr);
    // Written through, or GDAL's cache would report a full disk to a later call.
    if (direction == GF_Write) dataset->FlushCache();
    if (result != CE_None || errors.Any())
      throw WriteError(path, "cannot write it: " + errors.Text("write error"));
  }
};

template <typename T>
BlockStream<T>::BlockStream(const std::filesystem::path& path, const StreamPlace& place) {
  if (place.width < 1 || place.height < 1) throw std::invalid_argument("block stream: no cells");
  InitialiseGdal();
  impl_ = std::make_unique<Impl>();
  impl_->path = path;
  impl_->blocks_file = TemporaryBeside(impl_->path);
  impl_->blocks_file += ".blocks";
  impl_->place = place;
  GdalErrors errors;
  impl_->Create();
  if (!impl_->dataset) throw WriteError(impl_->path, "cannot write it: " + errors.Text("unknown error"));
  try {
    Georeference(*impl_->dataset, place.crs_wkt, place.crs_from_pixel);
  } catch (...) {
    impl_->Remove();
    throw;
  }
}

template <typename T>
BlockStream<T>::~BlockStream() {
  if (impl_) impl_->Remove();
}

template <typename T>
BlockStream<T>::BlockStream(BlockStream&&) noexcept = default;
template <typename T>
BlockStream<T>& BlockStream<T>::operator=(BlockStream&& other) noexcept {
  if (impl_) impl_->Remove();
  impl_ = std::move(other.impl_);
  return *this;
}

template <typename T>
void BlockStream<T>::Write(int col, int row, const Grid<T>& block) {
  impl_->Transfer(GF_Write, {col, row, block.width, block.height}, block.data.data());
}

template <typename T>
Grid<T> BlockStream<T>::Read(const CellWindow& window) const {
  Grid<T> cells(window.width, window.height);
  impl_->Transfer(GF_Read, window, cells.data.data());
  return cells;
}

template <typename T>
void BlockStream<T>::Finish(const BandLabel& label, std::optional<T> nodata,
                            const std::vector<std::pair<std::string, std::string>>& metadata) {
  // By way of a virtual file: a GeoTIFF takes no colours once it has cells.
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("VRT");
  GdalErrors errors;
  GDALDatasetUniquePtr described(
      driver->CreateCopy("", impl_->dataset.get(), FALSE, nullptr, nullptr, nullptr));
  if (!described) throw WriteError(impl_->path, "cannot write it: " + errors.Text("unknown error"));
  DescribeBand(*described->GetRasterBand(1), label,
               nodata ? std::optional(static_cast<double>(*nodata)) : std::nullopt);
  for (const auto& [key, value] : metadata) described->SetMetadataItem(key.c_str(), value.c_str());
  if (errors.Any()) throw WriteError(impl_->path, "cannot write it: " + errors.Text(""));
  WriteCog(*described, std::is_same_v<T, float>, impl_->path);
  described.reset();  // before what it stands for
  impl_->Remove();
}

template class BlockStream<float>;
template class BlockStream<std::uint8_t>;
template class BlockStream<std::uint16_t>;

}  // namespace perilune::dem
