#include "nav/fix/fix_from_image.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>

#include "dem/linear/symmetric_eigen.h"
#include "dem/linear/symmetric_solve.h"
#include "nav/fix/footprint.h"
#include "nav/fix/scaled_image.h"
#include "vision/matching/joint_search.h"
#include "vision/pose/reprojection.h"

namespace perilune::nav {
namespace {

constexpr double kSearchUncertainty_px =
    2;  // what the search of the whole prior leaves, in pixels of its view

// The largest 1 sigma of the landmarks' image positions under the prior, in full pixels.
double PriorSigma_px(const vision::Camera& camera, const dem::Terrain& map, const PosePrior& prior) {
  double largest = 0;
  for (const double sx : {0.15, 0.5, 0.85}) {
    for (const double sy : {0.15, 0.5, 0.85}) {
      vision::Match probe;
      probe.pixel_px = {sx * camera.width_px, sy * camera.height_px};
      dem::Ray ray;
      ray.origin_in_site = prior.site_from_cam.translation();
      ray.direction = prior.site_from_cam.linear() * camera.Unproject(probe.pixel_px);
      const auto hit = map.FirstHit(ray);
      if (!hit) continue;
      probe.point_in_site_m = hit->point_in_site;
      const auto r = vision::Reproject(probe, camera, prior.site_from_cam);
      if (!r) continue;
      const Eigen::Matrix2d spread = r->by_pose * prior.covariance * r->by_pose.transpose();
      largest = std::max(largest, dem::LargestSigma(spread));
    }
  }
  return largest;
}

// Matches of the scaled image in pixels of the full one.
std::vector<vision::Match> InFullPixels(std::vector<vision::Match> matches, const ScaledImage& image) {
  for (vision::Match& match : matches) {
    match.pixel_px = image.ToFull(match.pixel_px);
    match.covariance_px2 /= image.scale * image.scale;
    match.patch_size_px /= image.scale;
  }
  return matches;
}

double LargestMove_px(const Fix& fix, const vision::Camera& camera, const Eigen::Isometry3d& from) {
  double largest = 0;
  for (const FixMatch& row : fix.matches) {
    if (!row.inlier) continue;
    const auto before = camera.Project(from.inverse() * row.match.point_in_site_m);
    const auto after = camera.Project(fix.site_from_cam.inverse() * row.match.point_in_site_m);
    if (before && after) largest = std::max(largest, (*after - *before).norm());
  }
  return largest;
}

Fix NoFix(FixStatus status, const std::string& reason, const PosePrior& prior, const MapDeclaration& map,
          double sample_m) {
  Fix fix;
  fix.status = status;
  fix.reason = reason;
  fix.site_from_cam = prior.site_from_cam;
  fix.map_pixel_m = map.map_pixel_m;
  fix.ground_sample_m = sample_m;
  return fix;
}

double WorkingScale(const vision::Camera& camera, double map_px_in_image_px, double working_map_px) {
  if (working_map_px <= 0 || map_px_in_image_px <= working_map_px) return 1;
  // Whole numbers of pixels: no sliver at the border.
  return std::round(camera.width_px * std::max(0.2, working_map_px / map_px_in_image_px)) / camera.width_px;
}

// What a fix is made of.
struct FixQuery {
  const cv::Mat& pixels;  // CV_32F
  const vision::Camera& camera;
  const dem::Terrain& map;
  const dem::Sun& sun;
  const PosePrior& prior;
  const MapDeclaration& declaration;
  const FixOptions& options;
};

// How the image at the working scale is matched, from a view that is `radius_px` off in the full image.
vision::MatchOptions WorkingMatch(const FixQuery& query, const ScaledImage& image, double map_px,
                                  double radius_px) {
  const FixOptions& options = query.options;
  vision::MatchOptions match = options.match;
  match.blur_sigma_px = std::max(options.blur_min_px, options.blur_map_px * map_px);
  match.search_radius_px = std::clamp(radius_px * image.scale, 3.0, options.max_patch_search_px);
  match.surroundings_sigma_px =
      std::clamp(options.surroundings_map_px * map_px, 8.0, std::max(8.0, image.camera.width_px / 6.0));
  return match;
}

// Patches of a size that the map knows; where the image is small, three of them begin within one's side.
void SetPatches(vision::MatchOptions& match, const ScaledImage& image, int most_across, double side_px) {
  constexpr double kSmallest_px = 64, kLargestShare = 0.3;
  constexpr int kOverlapping = 3;
  const double shorter_px = std::min(image.camera.width_px, image.camera.height_px);
  const double largest_px = kLargestShare * shorter_px;
  match.patch_size_px =
      std::max(8, static_cast<int>(std::clamp(side_px, std::min(kSmallest_px, largest_px), largest_px)));
  match.patches_across =
      std::min(most_across, static_cast<int>(kOverlapping * shorter_px / match.patch_size_px));
}

// What is looked for in a pass, in the order in which it is tried.
enum class Sought { kPatches, kTogether, kAlignedPatches };

// Passes at the working scale: match, solve, render again at the solution.
class FinePasses {
 public:
  FinePasses(const FixQuery& query, double sample_m, double radius_px)
      : query_(query),
        sample_m_(sample_m),
        working_(WorkingScale(query.camera, query.declaration.DetailPixel_m() / sample_m,
                              query.options.working_map_px)),
        map_px_(query.declaration.DetailPixel_m() / sample_m * working_),
        image_(ScaleImage(query.pixels, query.camera, working_)),
        radius_px_(radius_px) {}

  // The first pass looks for patches that stand out of the image as it is, then for the place where all of
  // them together do; once the view lies on it, what the two share weighs the next.
  Fix Run(const Eigen::Isometry3d& start) const {
    const FixOptions& options = query_.options;
    EstimateFixOptions quick = options.estimate;
    quick.holdout = false;
    Eigen::Isometry3d pose = start;
    Sought sought = FirstSought();
    bool started_aligned = sought == Sought::kAlignedPatches, sought_together = false;
    Fix fix;
    for (int pass = 0; pass < options.max_passes; ++pass) {
      const vision::MatchOptions match = MatchFor(sought);
      const vision::View expected =
          vision::RenderView(query_.map, image_.camera, pose, query_.sun, options.render);
      if (sought == Sought::kTogether) {
        const auto place = vision::SearchJointly(image_.pixels, expected, query_.prior.covariance,
                                                 options.search_sigma, match);
        if (!place || place->significance < options.min_joint_significance) break;
        pose = place->site_from_cam;
        sought = Sought::kAlignedPatches;
        sought_together = true;
        continue;
      }
      const vision::MapMatches found = vision::MatchMap(image_.pixels, expected, match);
      const std::vector<vision::Match> matches = InFullPixels(found.matches, image_);
      fix = Estimate(matches, found.attempted, quick);
      if (!fix.HasPose()) {
        if (!options.match.whiten || sought_together) break;
        sought = started_aligned ? Sought::kPatches : Sought::kTogether;
        started_aligned = false;
        pose = start;
        continue;
      }
      const bool settled = LargestMove_px(fix, query_.camera, pose) * working_ < 0.5;
      const bool weighed = sought == Sought::kAlignedPatches || !options.match.whiten;
      if ((settled && weighed) || pass + 1 == options.max_passes) {
        if (options.estimate.holdout) fix = Estimate(matches, found.attempted, options.estimate);
        break;
      }
      pose = fix.site_from_cam;
      sought = Sought::kAlignedPatches;
      started_aligned = false;
    }
    return fix;
  }

 private:
  // A view that lies on the image already shows at once what the two share.
  Sought FirstSought() const {
    const bool aligned =
        query_.options.match.whiten && radius_px_ * working_ <= query_.options.aligned_radius_px;
    return aligned ? Sought::kAlignedPatches : Sought::kPatches;
  }

  Fix Estimate(const std::vector<vision::Match>& matches, int attempted,
               const EstimateFixOptions& how) const {
    return EstimateFix(matches, attempted, query_.camera, query_.prior, query_.declaration, query_.sun,
                       sample_m_, how);
  }

  vision::MatchOptions MatchFor(Sought sought) const {
    const FixOptions& options = query_.options;
    vision::MatchOptions match = WorkingMatch(query_, image_, map_px_, radius_px_);
    if (sought == Sought::kAlignedPatches) {
      match.search_radius_px = std::min(match.search_radius_px, options.aligned_radius_px);
      match.min_lit_share = options.min_lit_share_aligned;
      match.min_significance = options.min_significance_aligned;
      match.aligned = true;
    }
    SetPatches(match, image_, options.match.patches_across, options.patch_map_px * map_px_);
    return match;
  }

  const FixQuery& query_;
  double sample_m_;
  double working_;  // scale of the image that is matched
  double map_px_;   // a map pixel in its pixels
  ScaledImage image_;
  double radius_px_;  // of the first search, full pixels
};

// Whether two fixes say the same: within six sigmas of both.
bool Agree(const Fix& a, const Fix& b) {
  const dem::Vector6d delta = dem::PoseDifference(a.site_from_cam, b.site_from_cam);
  const dem::Matrix6d covariance = a.covariance_map_relative + b.covariance_map_relative;
  return dem::SquaredMahalanobis(delta, covariance) < 36;
}

// The whole uncertainty is searched; the places that stand out are refined until one is left, or none.
Fix WideFix(const FixQuery& query, double sample_m) {
  const FixOptions& options = query.options;
  const vision::CoarseResult coarse = vision::SearchMap(
      query.pixels, query.camera, query.map, query.sun, {query.prior.site_from_cam, query.prior.covariance},
      query.declaration.DetailPixel_m(), options.render, options.coarse);
  Fix best = NoFix(FixStatus::kInconsistent, "coarse search: " + coarse.reason, query.prior,
                   query.declaration, sample_m);
  if (!coarse.hypotheses.empty() && coarse.ambiguity_ratio > options.max_ambiguity_ratio) {
    best.reason = "coarse search: another place stands out " + std::to_string(coarse.ambiguity_ratio) +
                  " times as much as the best one";
    best.ambiguity_ratio = coarse.ambiguity_ratio;
    return best;
  }
  for (const vision::CoarseHypothesis& hypothesis : coarse.hypotheses) {
    const Footprint footprint = MeasureFootprint(query.map, query.camera, hypothesis.site_from_cam);
    if (footprint.covered_share < options.min_covered_share) continue;
    FixOptions started = options;
    started.estimate.consensus.start = hypothesis.site_from_cam;
    const FixQuery from_there{query.pixels, query.camera,      query.map, query.sun,
                              query.prior,  query.declaration, started};
    const Fix fix =
        FinePasses(from_there, footprint.ground_sample_m, kSearchUncertainty_px * coarse.view_pixel_px)
            .Run(hypothesis.site_from_cam);
    if (!fix.HasPose()) {
      if (!best.HasPose()) best = fix;
    } else if (!best.HasPose()) {
      best = fix;
    } else if (!Agree(best, fix)) {
      best = NoFix(FixStatus::kInconsistent, "two places fit the image", query.prior, query.declaration,
                   sample_m);
      break;
    }
  }
  best.ambiguity_ratio = coarse.ambiguity_ratio;
  return best;
}

}  // namespace

void FixOptions::Validate() const {
  match.Validate();
  estimate.Validate();
  coarse.Validate();
  if (!(max_ambiguity_ratio > 0)) throw std::invalid_argument("max_ambiguity_ratio must be positive");
  if (!(max_patch_search_px >= 3)) throw std::invalid_argument("max_patch_search_px must be at least 3");
  if (!(patch_map_px > 0)) throw std::invalid_argument("patch_map_px must be positive");
  if (!(min_joint_significance > 0)) throw std::invalid_argument("min_joint_significance must be positive");
  if (!(surroundings_map_px > 0)) throw std::invalid_argument("surroundings_map_px must be positive");
  if (!(working_map_px >= 0)) throw std::invalid_argument("working_map_px must not be negative");
  if (!(search_sigma > 0)) throw std::invalid_argument("search_sigma must be positive");
  if (max_passes < 1) throw std::invalid_argument("max_passes must be at least 1");
}

Fix FixFromImage(const cv::Mat& image, const vision::Camera& camera, const dem::Terrain& map,
                 const dem::Sun& sun, const PosePrior& prior, const MapDeclaration& declaration,
                 const FixOptions& options) {
  options.Validate();
  if (image.cols != camera.width_px || image.rows != camera.height_px || image.channels() != 1) {
    throw std::invalid_argument("image: " + std::to_string(image.cols) + " x " + std::to_string(image.rows) +
                                " px differs from the camera's " + std::to_string(camera.width_px) + " x " +
                                std::to_string(camera.height_px));
  }
  const Footprint footprint = MeasureFootprint(map, camera, prior.site_from_cam);
  const double sample_m = footprint.ground_sample_m;
  const double map_px_across = sample_m * camera.width_px / declaration.map_pixel_m;
  if (footprint.covered_share < options.min_covered_share || map_px_across < options.min_map_px_across) {
    return NoFix(FixStatus::kNoMap,
                 std::to_string(static_cast<int>(map_px_across)) + " map pixels across the footprint, " +
                     std::to_string(static_cast<int>(100 * footprint.covered_share)) + " % of it on the map",
                 prior, declaration, sample_m);
  }

  cv::Mat pixels;
  image.convertTo(pixels, CV_32F, image.depth() == CV_16U ? 1.0 / 65535 : 1.0 / 255);
  const double radius_px = options.search_sigma * PriorSigma_px(camera, map, prior) + 2;  // full pixels
  const FixQuery query{pixels, camera, map, sun, prior, declaration, options};
  const double working = WorkingScale(camera, declaration.DetailPixel_m() / sample_m, options.working_map_px);
  if (radius_px * working > options.max_patch_search_px) return WideFix(query, sample_m);
  return FinePasses(query, sample_m, radius_px).Run(prior.site_from_cam);
}

}  // namespace perilune::nav
