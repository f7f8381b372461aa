#include "datasets/formats/hazard_files.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <system_error>

#include "datasets/formats/dem_hash.h"
#include "datasets/formats/hazard_stories.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

template <typename T>
dem::Raster<T> WithoutCells(const dem::Raster<T>& band) {
  dem::Raster<T> empty;
  empty.crs_wkt = band.crs_wkt;
  empty.nodata = band.nodata;
  empty.name = band.name;
  empty.unit = band.unit;
  return empty;
}

/// The bands that become files: without a Sun nothing is known of its light.
template <typename Map>
auto BandsOnFile(Map& map) {
  auto bands = map.FloatBands();
  if (!map.has_sun) bands.erase(std::find(bands.begin(), bands.end(), &map.lit_fraction));
  return bands;
}

}  // namespace

HazardFileStream::HazardFileStream(std::filesystem::path folder, const dem::StreamPlace& place,
                                   const MarginalRule& rule)
    : folder_(std::move(folder)), place_(place), rule_(rule) {
  rule.Validate();
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) throw dem::WriteError(folder_, "cannot be made: " + error.message());
}

void HazardFileStream::Begin(const dem::HazardMap& block) {
  empty_.emplace();
  empty_->options = block.options;
  empty_->has_sun = block.has_sun;
  empty_->options_hash = block.options_hash;
  empty_->more_slopes_rad.resize(block.more_slopes_rad.size());
  const auto from = block.FloatBands();
  const auto to = empty_->FloatBands();
  for (std::size_t i = 0; i < from.size(); ++i) *to[i] = WithoutCells(*from[i]);
  empty_->hazard_class = WithoutCells(block.hazard_class);
  empty_->reasons = WithoutCells(block.reasons);
  for (const dem::Raster<float>* band : BandsOnFile(*empty_))
    bands_.emplace_back(folder_ / (band->name + ".tif"), place_);
  classes_.emplace(folder_ / "class.tif", place_);
  reasons_.emplace(folder_ / "reasons.tif", place_);
}

CodedClasses HazardFileStream::Write(int col, int row, const dem::HazardMap& block,
                                     const dem::Grid<float>& heights) {
  CodedClasses coded = CodeClasses(block, heights, rule_);
  if (!empty_) Begin(block);
  empty_->footprint_used_m = std::max(empty_->footprint_used_m, block.footprint_used_m);
  const auto bands = BandsOnFile(block);
  for (std::size_t i = 0; i < bands.size(); ++i) bands_[i].Write(col, row, bands[i]->grid);
  classes_->Write(col, row, coded.classes);
  reasons_->Write(col, row, coded.reasons);
  return coded;
}

dem::Grid<float> HazardFileStream::ReadProbability(const dem::CellWindow& window) const {
  return bands_.front().Read(window);
}

dem::Grid<std::uint8_t> HazardFileStream::ReadClasses(const dem::CellWindow& window) const {
  return classes_->Read(window);
}

dem::HazardMap HazardFileStream::ReadMap(const dem::CellWindow& window) const {
  dem::HazardMap map = *empty_;
  const auto bands = BandsOnFile(map);
  for (std::size_t i = 0; i < bands.size(); ++i) bands[i]->grid = bands_[i].Read(window);
  map.hazard_class.grid = classes_->Read(window);
  for (std::uint8_t& code : map.hazard_class.grid.data)
    code = static_cast<std::uint8_t>(HazardClassOfCode(code));
  map.reasons.grid = reasons_->Read(window);
  const Eigen::Affine2d crs_from_pixel = place_.crs_from_pixel * Eigen::Translation2d(window.col, window.row);
  for (dem::Raster<float>* band : map.FloatBands()) band->crs_from_pixel = crs_from_pixel;
  map.hazard_class.crs_from_pixel = map.reasons.crs_from_pixel = crs_from_pixel;
  return map;
}

void HazardFileStream::FinishFile(std::size_t index, std::uint64_t dem_hash) {
  HazardMetadata metadata = DescribeHazards(*empty_, dem_hash);
  const auto style = [&](const BandStory& story) {
    dem::WriteFileAtomically(folder_ / (story.label.description + ".qml"), story.style);
  };
  if (index < bands_.size()) {
    const BandStory story = StoryOfBand(*empty_, *BandsOnFile(*empty_)[index]);
    bands_[index].Finish(story.label, std::numeric_limits<float>::quiet_NaN(), metadata);
    style(story);
  } else if (index == bands_.size()) {
    const BandStory story = StoryOfClasses(*empty_, rule_);
    metadata.emplace_back("PERILUNE_CLASSES", ClassCodesInWords());
    classes_->Finish(story.label, std::uint8_t{0}, metadata);
    style(story);
  } else {
    const BandStory story = StoryOfReasons();
    metadata.emplace_back("PERILUNE_REASONS", ReasonBitsInWords());
    reasons_->Finish(story.label, {}, metadata);
    style(story);
  }
}

void WriteHazardMap(const std::filesystem::path& folder, const dem::HazardMap& map,
                    const dem::Raster<float>& dem, const MarginalRule& rule) {
  const dem::Raster<float>& band = map.p_site;
  HazardFileStream stream(folder, {map.width(), map.height(), band.crs_wkt, band.crs_from_pixel}, rule);
  stream.Write(0, 0, map, dem.grid);
  stream.Finish(DemHash(dem), [](std::size_t, std::size_t) {});
}

}  // namespace perilune::datasets
