#include "datasets/simulation/drawn_matches.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "datasets/formats/map_terrain.h"
#include "datasets/simulation/random_stream.h"

namespace perilune::datasets {
namespace {

constexpr std::int64_t kStretch_ns = 20'000'000'000;
constexpr double kMapReach_m = 300'000;  // of a map's ground from the site

void RequireWithin(const vision::Camera& camera, const vision::Match& match) {
  const Eigen::Vector2d& p = match.pixel_px;
  if (p.x() >= -0.5 && p.y() >= -0.5 && p.x() <= camera.width_px - 0.5 && p.y() <= camera.height_px - 0.5)
    return;
  throw std::invalid_argument("match residuals: they are of another camera: the pixel " +
                              std::to_string(p.x()) + ", " + std::to_string(p.y()) +
                              " lies outside this one");
}

}  // namespace

DrawnMatches::DrawnMatches(const ResidualRuns& runs, const SequenceInfo& info,
                           const std::map<std::string, Eigen::Vector3d>& map_tie_in_site_m,
                           std::uint64_t seed)
    : runs_(runs), info_(info), seed_(seed) {
  if (runs.empty()) throw std::invalid_argument("match residuals: there is no run to draw from");
  for (const std::filesystem::path& file : info.maps) {
    const std::string name = file.filename().string();
    const dem::SiteExtent all{-kMapReach_m, kMapReach_m, -kMapReach_m, kMapReach_m};
    maps_.emplace(name, Map{TerrainFromMap(info.root / file, info.site, all), map_tie_in_site_m.at(name)});
  }
  for (const std::vector<MatchResiduals>& run : runs) {
    for (const MatchResiduals& image : run) {
      const nav::MatchedImage& matched = image.of.image;
      if (!matched.matches.empty() && !maps_.contains(matched.map)) {
        throw std::invalid_argument("match residuals: they are of another scenario: it has no map " +
                                    matched.map);
      }
      for (const vision::Match& match : matched.matches) RequireWithin(info.camera, match);
    }
  }
}

const MatchResiduals* DrawnMatches::DonorAt(std::int64_t since_start_ns) const {
  const auto stretch = static_cast<std::uint64_t>(since_start_ns / kStretch_ns);
  const std::uint64_t bits = dem::RandomBits(seed_, static_cast<std::uint64_t>(RandomUse::kMatches), stretch);
  const std::vector<MatchResiduals>& run = runs_[bits % runs_.size()];
  const auto away = [&](const MatchResiduals& image) { return std::abs(image.of.t_ns - since_start_ns); };
  const auto nearest =
      std::min_element(run.begin(), run.end(),
                       [&](const MatchResiduals& a, const MatchResiduals& b) { return away(a) < away(b); });
  const auto half_interval_ns = static_cast<std::int64_t>(0.5e9 / info_.camera_rate_hz);
  return nearest == run.end() || away(*nearest) >= half_interval_ns ? nullptr : &*nearest;
}

std::optional<nav::MatchedImage> DrawnMatches::At(std::int64_t since_start_ns,
                                                  const Eigen::Isometry3d& true_site_from_cam) const {
  const MatchResiduals* donor = DonorAt(since_start_ns);
  if (donor == nullptr) return std::nullopt;
  nav::MatchedImage drawn{donor->of.image.map, donor->of.image.attempted, {}};
  for (std::size_t i = 0; i < donor->residual_px.size(); ++i) {
    const Map& map = maps_.at(drawn.map);
    vision::Match match = donor->of.image.matches[i];
    const Eigen::Vector3d toward = info_.camera.Unproject(match.pixel_px - donor->residual_px[i]);
    if (!toward.allFinite()) continue;
    dem::Ray ray;
    ray.origin_in_site = true_site_from_cam.translation() + map.tie_in_site_m;
    ray.direction = true_site_from_cam.linear() * toward;
    const auto hit = map.terrain.FirstHit(ray);
    if (!hit) continue;
    match.point_in_site_m = hit->point_in_site;
    drawn.matches.push_back(match);
  }
  return drawn;
}

}  // namespace perilune::datasets
