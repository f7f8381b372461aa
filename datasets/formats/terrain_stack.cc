#include "datasets/formats/terrain_stack.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "datasets/formats/uncertainty.h"
#include "dem/io/data_error.h"
#include "dem/io/raster_file.h"
#include "dem/synthesis/embedded.h"
#include "dem/synthesis/low_pass.h"
#include "dem/synthesis/plane_window.h"
#include "dem/synthesis/refine.h"
#include "dem/terrain/resample.h"
#include "dem/terrain/terrain_file.h"

namespace perilune::datasets {
namespace {

constexpr double kFarthest_m = 1e6;  // the horizon of a camera 250 km up
constexpr int kLowPassReachSigmas = 3;

// A source with all that was left open decided.
struct PlannedSource {
  std::optional<dem::RasterFile> file;
  double spacing_m = 0;
  double side_m = 0;
  MapUncertainty declared;
  dem::PlannedLevel level;
};

PlannedSource Resolve(const LevelSource& source, const dem::Site& site, const TerrainStackOptions& options) {
  PlannedSource planned;
  planned.spacing_m = source.spacing_m;
  planned.side_m = source.side_m;
  if (source.dem.empty()) {
    if (!(source.spacing_m > 0 && source.side_m > source.spacing_m)) {
      throw std::invalid_argument("synthetic level: it needs a spacing and a side that is larger, m");
    }
    return planned;
  }
  planned.file.emplace(source.dem, dem::RasterFileOptions{1, options.assume_crs});
  planned.declared = ReadMapUncertainty(source.dem);
  if (!(planned.spacing_m > 0)) planned.spacing_m = dem::PixelOnGround_m(*planned.file, site.origin);
  return planned;
}

// What a grid of `spacing_m` may span inside a coarser level: grids end on or after the end of an extent.
dem::SiteExtent Room(const PlannedSource* coarser, double spacing_m) {
  if (coarser == nullptr) return {-kFarthest_m, kFarthest_m, -kFarthest_m, kFarthest_m};
  const dem::TerrainLevel& level = coarser->level.description;
  return {level.x0_m + spacing_m, level.x0_m + (coarser->level.width - 1) * level.spacing_m - spacing_m,
          level.y0_m - (coarser->level.height - 1) * level.spacing_m + spacing_m, level.y0_m - spacing_m};
}

void PlanDemLevel(PlannedSource& source, const PlannedSource* coarser, const dem::Site& site) {
  const double half_m = source.side_m > 0 ? source.side_m / 2 : kFarthest_m;
  const dem::SiteExtent extent = dem::Intersection(
      dem::Intersection(dem::CoverageInSite(*source.file, site, half_m), {-half_m, half_m, -half_m, half_m}),
      Room(coarser, source.spacing_m));
  if (!(extent.max_x_m - extent.min_x_m > source.spacing_m &&
        extent.max_y_m - extent.min_y_m > source.spacing_m)) {
    throw dem::DataError(source.file->path(), "nothing of it lies inside the next coarser level");
  }
  source.level = dem::PlanLevel(*source.file, extent, source.spacing_m);
  source.level.description.height_sigma_m = source.declared.height_sigma_m.value_or(0);
  source.level.description.height_correlation_m = source.declared.height_correlation_m.value_or(0);
}

// Grid lines at whole multiples of the spacing: the same ground whatever the side.
void PlanSyntheticLevel(PlannedSource& source, const PlannedSource* coarser) {
  const double s = source.spacing_m;
  const dem::SiteExtent wanted{-source.side_m / 2, source.side_m / 2, -source.side_m / 2, source.side_m / 2};
  const dem::SiteExtent extent = dem::Intersection(wanted, Room(coarser, s));
  const double first_x = std::ceil(extent.min_x_m / s - 1e-9), last_x = std::floor(extent.max_x_m / s + 1e-9);
  const double first_y = std::ceil(extent.min_y_m / s - 1e-9), last_y = std::floor(extent.max_y_m / s + 1e-9);
  if (!(last_x > first_x && last_y > first_y && std::max(last_x - first_x, last_y - first_y) <= 100'000)) {
    throw std::invalid_argument("synthetic level of " + std::to_string(s) +
                                " m: it has less than 2 or more than 100000 points a side inside the next "
                                "coarser level");
  }
  source.level.width = static_cast<int>(last_x - first_x) + 1;
  source.level.height = static_cast<int>(last_y - first_y) + 1;
  source.level.description.x0_m = first_x * s;
  source.level.description.y0_m = last_y * s;
  source.level.description.spacing_m = s;
  source.level.description.name = "synthetic";
}

// Coarsest first.
std::vector<PlannedSource> Plan(const std::vector<LevelSource>& sources, const dem::Site& site,
                                const TerrainStackOptions& options) {
  if (sources.empty()) throw std::invalid_argument("levels: none");
  std::vector<PlannedSource> planned;
  for (const LevelSource& source : sources) planned.push_back(Resolve(source, site, options));
  std::stable_sort(planned.begin(), planned.end(),
                   [](const PlannedSource& a, const PlannedSource& b) { return a.spacing_m > b.spacing_m; });
  for (std::size_t i = 0; i < planned.size(); ++i) {
    const PlannedSource* coarser = i > 0 ? &planned[i - 1] : nullptr;
    if (coarser != nullptr && !(planned[i].spacing_m < coarser->spacing_m)) {
      throw std::invalid_argument("levels: two of them have a spacing of " +
                                  std::to_string(planned[i].spacing_m) + " m");
    }
    planned[i].file ? PlanDemLevel(planned[i], coarser, site) : PlanSyntheticLevel(planned[i], coarser);
    planned[i].level.description.albedo = options.albedo;
  }
  return planned;
}

dem::PlaneWindow RowsOf(const dem::TerrainLevel& level, int first, int count) {
  return {level.x0_m, level.y0_m - first * level.spacing_m, level.z_m.width, count, level.spacing_m};
}

dem::Grid<float> CopyRows(const dem::Grid<float>& grid, int first, int count) {
  dem::Grid<float> rows(grid.width, count);
  const float* from = &grid.At(0, first);
  std::copy(from, from + rows.data.size(), rows.data.begin());
  return rows;
}

void PutRows(const dem::Grid<float>& rows, int first, dem::Grid<float>& grid) {
  std::copy(rows.data.begin(), rows.data.end(), &grid.At(0, first));
}

// Band by band, what a band needs of the coarser level copied and, when it is a DEM that shows less than its
// posting, low-passed. The detail is a function of the place, so that bands meet.
class DetailBand {
 public:
  DetailBand(const PlannedSource& coarser, const dem::TerrainLevel& coarse,
             const TerrainStackOptions& options)
      : coarse_(coarse), shown_from_m_(dem::kCellsPerFeature * coarse.spacing_m), world_(options.world) {
    const auto resolution_m = coarser.declared.effective_resolution_m
                                  ? coarser.declared.effective_resolution_m
                                  : options.effective_resolution_m;
    if (!coarser.file || !resolution_m || *resolution_m <= shown_from_m_) return;
    shown_from_m_ = *resolution_m;
    sigma_cells_ = dem::LowPassSigma_m(shown_from_m_) / coarse.spacing_m;
  }

  dem::Grid<float> Of(const dem::PlaneWindow& band) const {
    const int margin = 4 + static_cast<int>(std::ceil(kLowPassReachSigmas * sigma_cells_));
    const double s = coarse_.spacing_m;
    const int top = static_cast<int>(std::floor((coarse_.y0_m - band.y0_m) / s)) - margin;
    const int bottom = static_cast<int>(std::ceil((coarse_.y0_m - band.MinY()) / s)) + margin;
    const int first = std::clamp(top, 0, coarse_.z_m.height - 1);
    const int end = std::clamp(bottom, first, coarse_.z_m.height - 1) + 1;
    dem::Grid<float> below = CopyRows(coarse_.z_m, first, end - first);
    if (sigma_cells_ > 0) below = dem::LowPass(below, sigma_cells_);
    return dem::RefineGrid(below, RowsOf(coarse_, first, end - first), band,
                           dem::DetailBetween(world_, shown_from_m_, band.spacing_m));
  }

 private:
  const dem::TerrainLevel& coarse_;
  double shown_from_m_;
  double sigma_cells_ = 0;
  dem::DetailOptions world_;
};

dem::Grid<float> SyntheticRows(const dem::DetailOptions& world, const dem::PlaneWindow& window) {
  dem::Grid<float> height_m = dem::SyntheticGround(world, window);
  for (int row = 0; row < window.height; ++row) {
    const double y = window.y0_m - row * window.spacing_m;
    for (int col = 0; col < window.width; ++col) {
      float& cell = height_m.At(col, row);
      cell = static_cast<float>(dem::ZInSite(window.x0_m + col * window.spacing_m, y, cell));
    }
  }
  return height_m;
}

void FillSynthetic(dem::TerrainLevel& level, const PlannedSource* coarser, const dem::TerrainLevel* coarse,
                   const TerrainStackOptions& options, const std::function<void(double)>& progress) {
  std::optional<DetailBand> detail;
  if (coarse != nullptr) detail.emplace(*coarser, *coarse, options);
  const int rows_at_once = static_cast<int>(
      std::clamp<std::int64_t>(options.most_window_pixels / level.z_m.width, 1, level.z_m.height));
  for (int first = 0; first < level.z_m.height; first += rows_at_once) {
    progress(static_cast<double>(first) / level.z_m.height);
    const int count = std::min(rows_at_once, level.z_m.height - first);
    const dem::PlaneWindow band = RowsOf(level, first, count);
    PutRows(detail ? detail->Of(band) : SyntheticRows(options.world, band), first, level.z_m);
  }
}

}  // namespace

void BuildTerrainFile(const std::filesystem::path& path, const dem::Site& site,
                      const std::vector<LevelSource>& sources, const TerrainStackOptions& options) {
  const std::vector<PlannedSource> planned = Plan(sources, site, options);  // coarsest first
  const int count = static_cast<int>(planned.size());
  std::vector<dem::PlannedLevel> levels;
  for (auto source = planned.rbegin(); source != planned.rend(); ++source) levels.push_back(source->level);
  dem::TerrainFileWriter writer(path, site, levels);
  for (int i = count - 1; i >= 0; --i) {
    const PlannedSource& source = planned[static_cast<std::size_t>(count - 1 - i)];
    dem::TerrainLevel& level = writer.Level(i);
    const auto progress = [&](double done) {
      if (options.progress) options.progress("level " + std::to_string(i) + ", " + level.name, done);
    };
    if (source.file) {
      dem::ResampleInto(level, *source.file, site, {options.most_window_pixels, progress});
    } else {
      const bool alone = i == count - 1;
      FillSynthetic(level, alone ? nullptr : &planned[static_cast<std::size_t>(count - 2 - i)],
                    alone ? nullptr : &writer.Level(i + 1), options, progress);
    }
  }
  if (options.progress) options.progress("joining levels", 0);
  writer.Finish();
}

}  // namespace perilune::datasets
