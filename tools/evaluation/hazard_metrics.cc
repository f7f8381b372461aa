#include "tools/evaluation/hazard_metrics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "datasets/formats/hazard_classes.h"
#include "datasets/formats/site_files.h"
#include "tools/perilune/interrupt.h"

namespace perilune::tools {
namespace {

constexpr int kTile_px = 1024;
constexpr double kMaxCells = 4e6;

struct ClaimedCells {
  std::vector<dem::LatLon> places;
  std::vector<dem::HazardClass> classes;
};

ClaimedCells ReadClaims(const std::filesystem::path& path) {
  const dem::RasterFile file(path, dem::RasterFileOptions{1, "", true});
  const double cells = static_cast<double>(file.width()) * file.height();
  const int stride = std::max(1, static_cast<int>(std::ceil(std::sqrt(cells / kMaxCells))));
  ClaimedCells claims;
  std::vector<Eigen::Vector2d> pixels;
  for (int row = stride / 2; row < file.height(); row += stride) {
    const dem::Raster<float> line = file.ReadWindow(0, row, file.width(), 1);
    for (int col = stride / 2; col < file.width(); col += stride) {
      pixels.emplace_back(col, row);
      claims.classes.push_back(datasets::HazardClassOfCode(line.grid.At(col, 0)));
    }
  }
  claims.places = file.PlacesFromPixels(pixels);
  return claims;
}

// The true place of what a map displaced by `tie` shows at `place`.
dem::LatLon TruePlace(const dem::Site& site, const dem::LatLon& place, const Eigen::Vector3d& tie_in_site_m) {
  const Eigen::Vector3d shown = dem::PointInSite(site, {place, 0});
  return dem::GeodeticFromSite(site, shown - tie_in_site_m).place;
}

dem::HazardOptions OptionsOf(const datasets::LanderLimits& lander) {
  dem::HazardOptions options;
  options.footprint_m = lander.footprint_m;
  options.slope_limit_rad = lander.slope_limit_rad;
  options.roughness_limit_m = lander.roughness_limit_m;
  return options;
}

bool SaysGround(dem::HazardClass value) {
  return value == dem::HazardClass::kSafe || value == dem::HazardClass::kHazardous;
}

dem::HazardClass ClaimAt(const std::filesystem::path& class_path, const dem::LatLon& place) {
  const dem::RasterFile file(class_path, dem::RasterFileOptions{1, "", true});
  const Eigen::Vector2d pixel = file.PixelsFromPlaces({place}).front();
  if (!pixel.allFinite()) return dem::HazardClass::kUnknown;
  const int col = static_cast<int>(std::lround(pixel.x()));
  const int row = static_cast<int>(std::lround(pixel.y()));
  return datasets::HazardClassOfCode(file.ReadWindow(col, row, 1, 1).grid.At(0, 0));
}

std::optional<dem::LatLon> BestPlace(const std::filesystem::path& sites_path) {
  if (!std::filesystem::exists(sites_path)) return std::nullopt;
  const datasets::SitesFile file = datasets::ReadSitesGeoJson(sites_path);
  if (file.choice.sites.empty()) return std::nullopt;
  return file.choice.sites.front().place;
}

}  // namespace

std::vector<dem::HazardClass> ClassesAt(const dem::RasterFile& dem, const dem::HazardOptions& options,
                                        const std::vector<dem::LatLon>& places) {
  const std::vector<Eigen::Vector2d> pixels = dem.PixelsFromPlaces(places);
  std::map<std::pair<int, int>, std::vector<std::size_t>> places_of_tile;
  const auto cell = [&](std::size_t i) { return Eigen::Vector2i(pixels[i].array().round().cast<int>()); };
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Eigen::Array2d pixel = pixels[i].array() + 0.5;
    if (!(pixel >= 0).all() || !(pixel < Eigen::Array2d(dem.width(), dem.height())).all()) continue;
    places_of_tile[{cell(i).y() / kTile_px, cell(i).x() / kTile_px}].push_back(i);
  }
  const double spacing_m = std::sqrt(std::abs(dem.crs_from_pixel().linear().determinant()));
  const int margin = static_cast<int>(std::ceil(0.5 * options.footprint_m / spacing_m)) + 2;
  std::vector<dem::HazardClass> classes(places.size(), dem::HazardClass::kUnknown);
  for (const auto& [tile, indices] : places_of_tile) {
    CheckInterrupted();
    const int col0 = std::max(0, tile.second * kTile_px - margin);
    const int row0 = std::max(0, tile.first * kTile_px - margin);
    const int col1 = std::min(dem.width(), (tile.second + 1) * kTile_px + margin);
    const int row1 = std::min(dem.height(), (tile.first + 1) * kTile_px + margin);
    const dem::HazardMap map = dem::MapHazards(dem.ReadWindow(col0, row0, col1 - col0, row1 - row0), options);
    for (const std::size_t i : indices) {
      classes[i] =
          static_cast<dem::HazardClass>(map.hazard_class.grid.At(cell(i).x() - col0, cell(i).y() - row0));
    }
  }
  return classes;
}

HazardMetrics CompareClasses(const std::vector<dem::HazardClass>& claimed,
                             const std::vector<dem::HazardClass>& truth) {
  int safe = 0, unsafe = 0, false_safe = 0, false_alarm = 0;
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    if (!SaysGround(claimed[i]) || !SaysGround(truth[i])) continue;
    if (truth[i] == dem::HazardClass::kSafe) {
      ++safe;
      false_alarm += claimed[i] == dem::HazardClass::kHazardous ? 1 : 0;
    } else {
      ++unsafe;
      false_safe += claimed[i] == dem::HazardClass::kSafe ? 1 : 0;
    }
  }
  HazardMetrics metrics;
  metrics.cells = safe + unsafe;
  if (unsafe > 0) metrics.false_safe_rate = static_cast<double>(false_safe) / unsafe;
  if (safe > 0) metrics.false_alarm_rate = static_cast<double>(false_alarm) / safe;
  return metrics;
}

std::optional<HazardMetrics> EvaluateHazards(const std::filesystem::path& run,
                                             const datasets::SequenceInfo& sequence,
                                             const datasets::Truth& truth) {
  const std::filesystem::path class_path = run / "hazards" / "class.tif";
  if (!std::filesystem::exists(class_path) || !std::filesystem::exists(truth.site_dem)) return std::nullopt;
  if (sequence.maps.empty()) return std::nullopt;
  const auto tie = MapTieInSite_m(truth, sequence.maps.front().filename().string());
  if (!tie) return std::nullopt;
  const dem::RasterFile true_dem(truth.site_dem);
  const auto true_classes = [&](std::vector<dem::LatLon> places) {
    for (dem::LatLon& place : places) place = TruePlace(sequence.site, place, *tie);
    return ClassesAt(true_dem, OptionsOf(sequence.lander), places);
  };

  const ClaimedCells claims = ReadClaims(class_path);
  HazardMetrics metrics = CompareClasses(claims.classes, true_classes(claims.places));
  if (const auto best = BestPlace(run / "sites.geojson")) {
    metrics.best_site = BestSite{ClaimAt(class_path, *best) == dem::HazardClass::kSafe,
                                 true_classes({*best}).front() == dem::HazardClass::kSafe};
  }
  return metrics;
}

}  // namespace perilune::tools
