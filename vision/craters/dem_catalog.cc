#include "vision/craters/dem_catalog.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <optional>
#include <utility>

#include "dem/checks/require.h"
#include "dem/craters/crater_index.h"
#include "dem/frames/site.h"
#include "dem/io/data_error.h"
#include "dem/raster/cell_window.h"
#include "dem/terrain/level_values.h"
#include "dem/terrain/resample.h"
#include "vision/craters/relief_detect.h"

namespace perilune::vision {
namespace {

constexpr double kSmallestInOctave_px = 12;  // of an octave, on the plane
constexpr double kCore_m = 600'000;          // a block's longest side: 5 % foreshortening at its corners
constexpr int kCore = 768;                   // the same in pixels of the plane
constexpr double kMarginDiameters = 4;       // around a block, in the octave's smallest diameters

/// Ground of a DEM's block and around it, on the tangent plane at its middle.
struct ReliefTile {
  dem::Site site;
  double x0_m = 0, y0_m = 0, spacing_m = 1;
  cv::Mat heights_m;

  Eigen::Vector3d PointInSite(const Eigen::Vector2d& px) const {
    const double x_m = x0_m + px.x() * spacing_m, y_m = y0_m - px.y() * spacing_m;
    return {x_m, y_m, dem::ZInSite(x_m, y_m, 0)};
  }
};

double Diameter_m(const dem::Crater& crater) {
  return 2 * std::sqrt(crater.semi_major_m * crater.semi_minor_m);
}

/// Size of a DEM's pixel on the ground, m, east and south of a place of it; NaN off the projection.
Eigen::Vector2d PixelSize_m(const dem::RasterFile& dem, double col, double row) {
  const auto places =
      dem.PlacesFromPixels({{col - 0.5, row}, {col + 0.5, row}, {col, row - 0.5}, {col, row + 0.5}});
  const auto distance_m = [&](std::size_t a, std::size_t b) {
    return (dem::PointInMoon(places[b]) - dem::PointInMoon(places[a])).norm();
  };
  return {distance_m(0, 1), distance_m(2, 3)};
}

/// The largest of five places of a band of rows.
Eigen::Vector2d LargestPixel_m(const dem::RasterFile& dem, int first_row, int rows) {
  Eigen::Vector2d largest = Eigen::Vector2d::Zero();
  for (const double across : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    for (const double down : {0.0, 0.5, 1.0}) {
      const Eigen::Vector2d size =
          PixelSize_m(dem, across * (dem.width() - 1), first_row + down * (rows - 1));
      if (size.allFinite()) largest = largest.cwiseMax(size);
    }
  }
  return largest;
}

int BlockLength(double core_m, double pixel_m, int all) {
  const double pixels = pixel_m > 0 ? core_m / pixel_m : 1;
  const int blocks = std::max(1, static_cast<int>(std::ceil(all / std::max(1.0, pixels))));
  return (all + blocks - 1) / blocks;
}

/// Blocks that cover a DEM, none longer on the ground than core_m (as far as its scale is smooth).
std::vector<dem::CellWindow> BlocksOf(const dem::RasterFile& dem, double core_m) {
  std::vector<dem::CellWindow> blocks;
  const int height = BlockLength(core_m, LargestPixel_m(dem, 0, dem.height()).y(), dem.height());
  for (int row = 0; row < dem.height(); row += height) {
    const int rows = std::min(height, dem.height() - row);
    const int width = BlockLength(core_m, LargestPixel_m(dem, row, rows).x(), dem.width());
    for (int col = 0; col < dem.width(); col += width) {
      blocks.push_back({col, row, std::min(width, dem.width() - col), rows});
    }
  }
  return blocks;
}

/// Outline of a block in the plane of a site, grown; nothing where it lies nowhere.
std::optional<dem::SiteExtent> ExtentOf(const dem::RasterFile& dem, const dem::CellWindow& block,
                                        const dem::Site& site, double margin_m) {
  constexpr int kPlaces = 16;
  std::vector<Eigen::Vector2d> pixels;
  for (int i = 0; i <= kPlaces; ++i) {
    for (int j = 0; j <= kPlaces; ++j) {
      pixels.emplace_back(block.col - 0.5 + block.width * static_cast<double>(i) / kPlaces,
                          block.row - 0.5 + block.height * static_cast<double>(j) / kPlaces);
    }
  }
  Eigen::AlignedBox2d box;
  for (const dem::LatLon& place : dem.PlacesFromPixels(pixels)) {
    const Eigen::Vector3d point = dem::PointInSite(site, {place, 0});
    if (point.allFinite() && point.z() > -0.5 * dem::kMoonRadius_m) box.extend(point.head<2>());
  }
  if (box.isEmpty()) return std::nullopt;
  return dem::SiteExtent{box.min().x() - margin_m, box.max().x() + margin_m, box.min().y() - margin_m,
                         box.max().y() + margin_m};
}

/// Nothing where the DEM has nothing.
std::optional<ReliefTile> ReadTile(const dem::RasterFile& dem, const dem::Site& site,
                                   const dem::SiteExtent& extent, double spacing_m) {
  ReliefTile tile{site, extent.min_x_m, extent.max_y_m, spacing_m, {}};
  dem::TerrainLevel sphere;  // heights of 0: what is at a pixel does not depend on how high it lies
  sphere.spacing_m = tile.spacing_m;
  sphere.x0_m = tile.x0_m;
  sphere.y0_m = tile.y0_m;
  sphere.z_m =
      dem::Grid<float>(static_cast<int>(std::ceil((extent.max_x_m - extent.min_x_m) / spacing_m)) + 1,
                       static_cast<int>(std::ceil((extent.max_y_m - extent.min_y_m) / spacing_m)) + 1);
  for (int row = 0; row < sphere.z_m.height; ++row) {
    for (int col = 0; col < sphere.z_m.width; ++col) {
      sphere.z_m.At(col, row) = static_cast<float>(tile.PointInSite(Eigen::Vector2d(col, row)).z());
    }
  }
  const auto heights = dem::ValuesOnLevel(dem, tile.site, sphere);
  if (!heights) return std::nullopt;
  tile.heights_m = cv::Mat(heights->height, heights->width, CV_32F);
  std::copy(heights->data.begin(), heights->data.end(), tile.heights_m.begin<float>());
  return tile;
}

std::optional<ReliefTile> ReadBlock(const dem::RasterFile& dem, const dem::CellWindow& block,
                                    double smallest_m) {
  const dem::LatLon middle =
      dem.PlacesFromPixels({{block.col + 0.5 * (block.width - 1), block.row + 0.5 * (block.height - 1)}})
          .front();
  if (!std::isfinite(middle.latitude_rad) || !std::isfinite(middle.longitude_rad)) return std::nullopt;
  const dem::Site site = dem::MakeSite(middle);
  const auto extent = ExtentOf(dem, block, site, kMarginDiameters * smallest_m);
  if (!extent) return std::nullopt;
  return ReadTile(dem, site, *extent, smallest_m / kSmallestInOctave_px);
}

/// The rim in the tangent plane at its own centre, where it is not foreshortened.
std::optional<CatalogedCrater> ToCatalog(const ReliefTile& tile, const ReliefCrater& found) {
  CatalogedCrater result;
  dem::Crater& crater = result.crater;
  crater.centre = dem::GeodeticFromSite(tile.site, tile.PointInSite(found.rim.ellipse.centre)).place;
  const dem::Site here = dem::MakeSite(crater.centre);
  const Eigen::Isometry3d here_from_tile = here.moon_from_site.inverse() * tile.site.moon_from_site;
  const Eigen::Matrix2d root = RootOf(found.rim.ellipse.shape);
  std::vector<Eigen::Vector2d> rim;
  for (int i = 0; i < 24; ++i) {
    const double t = 2 * dem::kPi * i / 24;
    const Eigen::Vector2d px = found.rim.ellipse.centre + root * Eigen::Vector2d(std::cos(t), std::sin(t));
    rim.emplace_back((here_from_tile * tile.PointInSite(px)).head<2>());
  }
  const auto ellipse = FitEllipse(rim);
  if (!ellipse) return std::nullopt;
  const EllipseAxes axes = AxesOf(*ellipse);
  crater.semi_major_m = axes.semi_major;
  crater.semi_minor_m = axes.semi_minor;
  crater.azimuth_rad = dem::kPi / 2 - axes.angle_rad;
  crater.depth_m = found.measure.depth_m;
  crater.height_m = found.measure.rim_height_m;
  crater.sigma_m = std::sqrt(0.5 * found.rim.covariance.topLeftCorner<2, 2>().trace()) * tile.spacing_m;
  result.confidence = found.confidence;
  result.evidence = found.measure.evidence;
  return result;
}

/// Craters whose centres lie in the block, or not farther beyond than they may be wrong: what two blocks find
/// at their border must be found by one of them.
std::vector<CatalogedCrater> CratersOfBlock(const dem::RasterFile& dem, const dem::CellWindow& block,
                                            const ReliefTile& tile, double min_confidence) {
  const Eigen::Vector2d pixel_m =
      PixelSize_m(dem, block.col + 0.5 * (block.width - 1), block.row + 0.5 * (block.height - 1));
  std::vector<CatalogedCrater> craters;
  std::vector<dem::LatLon> places;
  for (const ReliefCrater& found : FindReliefCraters(
           tile.heights_m, tile.spacing_m, std::sqrt(pixel_m.prod()), kSmallestInOctave_px, min_confidence)) {
    if (const auto crater = ToCatalog(tile, found)) {
      craters.push_back(*crater);
      places.push_back(crater->crater.centre);
    }
  }
  const std::vector<Eigen::Vector2d> pixels = dem.PixelsFromPlaces(places);
  std::vector<CatalogedCrater> own;
  for (std::size_t i = 0; i < craters.size(); ++i) {
    const Eigen::Array2d slack_px = 0.3 * Diameter_m(craters[i].crater) / pixel_m.array();
    const Eigen::Array2d first = Eigen::Array2d(block.col, block.row) - 0.5 - slack_px;
    const Eigen::Array2d end = Eigen::Array2d(block.EndCol(), block.EndRow()) - 0.5 + slack_px;
    const Eigen::Array2d raster_end(dem.width() - 0.5, dem.height() - 0.5);
    const Eigen::Array2d at = pixels[i].array();
    if ((at >= first.max(-0.5)).all() && (at < end.min(raster_end)).all()) own.push_back(craters[i]);
  }
  return own;
}

/// The rim of a crater near a site, on the site's plane.
Ellipse OnPlaneOf(const dem::Site& site, const dem::Crater& crater) {
  const Eigen::Vector3d centre = dem::PointInSite(site, {crater.centre, 0});
  return EllipseFromAxes(centre.head<2>(),
                         {crater.semi_major_m, crater.semi_minor_m, dem::kPi / 2 - crater.azimuth_rad});
}

/// The surest of those that are nearly the same, largest first.
std::vector<CatalogedCrater> DistinctCraters(std::vector<CatalogedCrater> found) {
  constexpr double kSame_rad = 0.9;
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.confidence > b.confidence; });
  std::vector<dem::Crater> craters;
  for (const CatalogedCrater& crater : found) craters.push_back(crater.crater);
  const dem::CraterIndex index(craters);
  std::vector<bool> kept(found.size(), false);
  std::vector<CatalogedCrater> result;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const dem::Site site = dem::MakeSite(craters[i].centre);
    const Ellipse own = OnPlaneOf(site, craters[i]);
    const auto near = index.Within(dem::DirectionInMoon(craters[i].centre),
                                   1.5 * Diameter_m(craters[i]) / dem::kMoonRadius_m);
    const bool known = std::any_of(near.begin(), near.end(), [&](int n) {
      const auto other = static_cast<std::size_t>(n);
      return kept[other] && GaussianAngle(own, OnPlaneOf(site, craters[other])) < kSame_rad;
    });
    if (known) continue;
    kept[i] = true;
    result.push_back(found[i]);
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const auto& a, const auto& b) { return Diameter_m(a.crater) > Diameter_m(b.crater); });
  return result;
}

struct DiameterLimits {
  double min_m = 0, max_m = 0;
};

DiameterLimits LimitsFor(const dem::RasterFile& dem, const DemCatalogOptions& options) {
  const Eigen::Vector2d pixel_m = PixelSize_m(dem, 0.5 * (dem.width() - 1), 0.5 * (dem.height() - 1));
  const double shorter_m = pixel_m.cwiseProduct(Eigen::Vector2d(dem.width(), dem.height())).minCoeff();
  DiameterLimits limits{options.min_diameter_m, options.max_diameter_m};
  if (limits.min_m == 0) limits.min_m = 10 * std::sqrt(pixel_m.prod());
  if (limits.max_m == 0) limits.max_m = std::min(shorter_m / 3, 300'000.0);
  dem::Require(limits.max_m > limits.min_m, "max_diameter_m", limits.max_m,
               "above the smallest diameter, " + std::to_string(limits.min_m) + " m");
  return limits;
}

/// The smallest diameters of octaves that cover the limits. Craters are looked for also beyond them: one that
/// is too large or too small must not come back as one of another size.
std::vector<double> OctavesOf(const DiameterLimits& limits) {
  constexpr double kBeyond = 1.5;
  std::vector<double> smallest_m{limits.min_m / kBeyond};
  while (2 * smallest_m.back() < kBeyond * limits.max_m) smallest_m.push_back(2 * smallest_m.back());
  return smallest_m;
}

}  // namespace

void DemCatalogOptions::Validate() const {
  dem::Require(min_diameter_m >= 0 && std::isfinite(min_diameter_m), "min_diameter_m", min_diameter_m,
               "0 or positive");
  dem::Require(max_diameter_m >= 0 && std::isfinite(max_diameter_m), "max_diameter_m", max_diameter_m,
               "0 or positive");
  dem::Require(min_confidence >= 0 && min_confidence < 1, "min_confidence", min_confidence,
               "from 0 to below 1");
}

std::vector<CatalogedCrater> CatalogFromDem(const dem::RasterFile& dem, const DemCatalogOptions& options) {
  options.Validate();
  const DiameterLimits limits = LimitsFor(dem, options);
  const std::vector<double> octaves_m = OctavesOf(limits);
  std::vector<CatalogedCrater> found;
  bool any = false;
  for (std::size_t octave = 0; octave < octaves_m.size(); ++octave) {
    const double smallest_m = octaves_m[octave];
    const auto blocks = BlocksOf(dem, std::min(kCore_m, kCore * smallest_m / kSmallestInOctave_px));
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      if (options.progress) {
        const double of_octave = static_cast<double>(b) / static_cast<double>(blocks.size());
        options.progress((static_cast<double>(octave) + of_octave) / static_cast<double>(octaves_m.size()));
      }
      const auto tile = ReadBlock(dem, blocks[b], smallest_m);
      if (!tile) continue;
      any = true;
      const auto own = CratersOfBlock(dem, blocks[b], *tile, options.min_confidence);
      found.insert(found.end(), own.begin(), own.end());
    }
  }
  if (!any) throw dem::DataError(dem.path(), "it has no data");
  std::vector<CatalogedCrater> result = DistinctCraters(std::move(found));
  std::erase_if(result, [&](const CatalogedCrater& crater) {
    return Diameter_m(crater.crater) < limits.min_m || Diameter_m(crater.crater) > limits.max_m;
  });
  for (std::size_t i = 0; i < result.size(); ++i) result[i].crater.id = static_cast<std::int64_t>(i) + 1;
  return result;
}

std::optional<ReliefMeasure> MeasureInDem(const dem::RasterFile& dem, const dem::Crater& crater) {
  constexpr double kAcross_px = 16, kReach = 2.2;  // of the diameter; radii to each side
  const dem::Site site = dem::MakeSite(crater.centre);
  const double spacing_m = Diameter_m(crater) / kAcross_px, reach_m = kReach * crater.semi_major_m;
  const auto tile = ReadTile(dem, site, {-reach_m, reach_m, -reach_m, reach_m}, spacing_m);
  if (!tile) return std::nullopt;
  const Ellipse on_plane = OnPlaneOf(site, crater);
  const Eigen::Vector2d down(1, -1);  // rows go south
  const Ellipse ellipse{
      (on_plane.centre - Eigen::Vector2d(tile->x0_m, tile->y0_m)).cwiseProduct(down) / spacing_m,
      down.asDiagonal() * on_plane.shape * down.asDiagonal() / (spacing_m * spacing_m)};
  return MeasureRelief(tile->heights_m, ellipse, {spacing_m, dem::PixelOnGround_m(dem, crater.centre), 0, 1});
}

}  // namespace perilune::vision
