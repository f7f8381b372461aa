#include "vision/matching/match_map.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>

#include "vision/matching/patch_scores.h"
#include "vision/matching/prepared_pair.h"

namespace perilune::vision {
namespace {

struct Peak {
  cv::Point place;
  double score = 0;
  double ratio = 0;  // second-best separate peak / best
};

Peak BestPeak(const cv::Mat& scores, int exclude_px) {
  Peak peak;
  cv::minMaxLoc(scores, nullptr, &peak.score, nullptr, &peak.place);
  cv::Mat rest = scores.clone();
  const cv::Rect around(peak.place.x - exclude_px, peak.place.y - exclude_px, 2 * exclude_px + 1,
                        2 * exclude_px + 1);
  rest(around & cv::Rect(0, 0, rest.cols, rest.rows)).setTo(-1);
  double second = -1;
  cv::minMaxLoc(rest, nullptr, &second);
  peak.ratio = peak.score > 0 ? second / peak.score : 1;
  return peak;
}

// Vertex of the parabola through three equidistant values, within ± 0.5.
double Vertex(double before, double here, double after) {
  const double curvature = before - 2 * here + after;
  return curvature < 0 ? std::clamp(0.5 * (before - after) / curvature, -0.5, 0.5) : 0;
}

Eigen::Vector2d SubpixelPeak(const cv::Mat& scores, const cv::Point& p) {
  Eigen::Vector2d offset(0, 0);
  if (p.x > 0 && p.x + 1 < scores.cols) {
    offset.x() = Vertex(scores.at<float>(p.y, p.x - 1), scores.at<float>(p), scores.at<float>(p.y, p.x + 1));
  }
  if (p.y > 0 && p.y + 1 < scores.rows) {
    offset.y() = Vertex(scores.at<float>(p.y - 1, p.x), scores.at<float>(p), scores.at<float>(p.y + 1, p.x));
  }
  return offset;
}

std::optional<Match> MatchPatch(const PreparedPair& prepared, const View& view, const cv::Rect& patch,
                                const MatchOptions& options) {
  const cv::Point centre = patch.tl() + cv::Point(patch.width / 2, patch.height / 2);
  const Eigen::Vector3d point = view.PointInSite(centre.x, centre.y);
  if (!point.allFinite()) return std::nullopt;

  const std::optional<PatchScores> found = ScorePatch(prepared, patch, options.search_radius_px);
  if (!found) return std::nullopt;
  const cv::Mat& scores = found->scores;
  const int exclude = std::max(3, static_cast<int>(std::lround(2 * options.blur_sigma_px)));
  const Peak peak = BestPeak(scores, exclude);
  if (!(peak.score > (options.whiten ? 0 : options.min_score)) || peak.ratio > options.peak_ratio)
    return std::nullopt;
  const Eigen::Vector2d subpixel = SubpixelPeak(scores, peak.place);
  const cv::Point move = found->first_move + peak.place;
  const Eigen::Vector2d start = Eigen::Vector2d(move.x, move.y) + subpixel;
  const cv::Rect shown = patch + cv::Point(cvRound(start.x()), cvRound(start.y()));
  const cv::Mat weight = prepared.expected_lit(patch).mul(prepared.image_lit(shown));
  if (cv::sum(weight)[0] < options.min_lit_share * patch.area()) return std::nullopt;
  const RefinementResult refined =
      RefinePatch(prepared.image, prepared.expected, patch, weight, start, options.refinement);
  if (refined.status != RefinementStatus::kConverged) return std::nullopt;
  if (options.whiten ? refined.significance < options.min_significance : refined.score < options.min_score)
    return std::nullopt;

  Match match;
  match.pixel_px = Eigen::Vector2d(centre.x, centre.y) + refined.shift_px;
  match.score = refined.score;
  match.covariance_px2 = refined.covariance_px2;
  match.point_in_site_m = point;
  match.patch_size_px = patch.width;
  return match;
}

}  // namespace

void MatchOptions::Validate() const {
  if (patch_size_px < 8)
    throw std::invalid_argument("patch_size_px must be at least 8, is " + std::to_string(patch_size_px));
  if (patches_across < 1) throw std::invalid_argument("patches_across must be at least 1");
  if (!(search_radius_px > 0)) throw std::invalid_argument("search_radius_px must be positive");
  if (!(blur_sigma_px >= 0)) throw std::invalid_argument("blur_sigma_px must not be negative");
  if (!(min_valid_share > 0 && min_valid_share <= 1))
    throw std::invalid_argument("min_valid_share must lie in (0, 1]");
  if (!(min_lit_share >= 0 && min_lit_share <= 1))
    throw std::invalid_argument("min_lit_share must lie in [0, 1]");
  refinement.Validate();
}

MapMatches MatchMap(const cv::Mat& image, const View& expected, const MatchOptions& options) {
  options.Validate();
  if (image.type() != CV_32F || image.size() != expected.radiance.size()) {
    throw std::invalid_argument("MatchMap: the image must be CV_32F and as large as the expected view");
  }
  const PreparedPair prepared = PreparePair(image, expected, options);
  const std::vector<Patch> patches = CoveredPatches(prepared, options);
  std::vector<std::optional<Match>> found(patches.size());
  tbb::parallel_for(std::size_t{0}, patches.size(), [&](std::size_t i) {
    found[i] = MatchPatch(prepared, expected, patches[i].area, options);
  });
  MapMatches result;
  result.attempted = static_cast<int>(patches.size());
  for (std::size_t i = 0; i < patches.size(); ++i) {
    if (!found[i]) continue;
    found[i]->landmark_id = patches[i].index;
    result.matches.push_back(*found[i]);
  }
  return result;
}

}  // namespace perilune::vision
