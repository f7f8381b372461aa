#include "vision/matching/patch_scores.h"

#include <algorithm>
#include <cmath>

#include "vision/matching/normalised_correlation.h"

namespace perilune::vision {
namespace {

double CoveredShare(const cv::Mat& integral, const cv::Rect& r) {
  const int sum = integral.at<int>(r.y, r.x) + integral.at<int>(r.br().y, r.br().x) -
                  integral.at<int>(r.y, r.br().x) - integral.at<int>(r.br().y, r.x);
  return static_cast<double>(sum) / r.area();
}

}  // namespace

std::vector<Patch> CoveredPatches(const PreparedPair& pair, const MatchOptions& options) {
  constexpr int kBorder_px = 4;
  const int side = options.patch_size_px;
  const int n = options.patches_across;
  const cv::Size size = pair.image.size();
  std::vector<Patch> patches;
  if (std::min(size.width, size.height) < side + 2 * kBorder_px) return patches;
  const auto start = [&](int index, int length) {
    const double share = n > 1 ? static_cast<double>(index) / (n - 1) : 0.5;
    return kBorder_px + static_cast<int>(share * (length - side - 2 * kBorder_px));
  };
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < n; ++i) {
      const cv::Rect area(start(i, size.width), start(j, size.height), side, side);
      if (CoveredShare(pair.covered, area) >= options.min_valid_share) patches.push_back({j * n + i, area});
    }
  }
  return patches;
}

std::optional<PatchScores> ScorePatch(const PreparedPair& pair, const cv::Rect& patch,
                                      double search_radius_px) {
  const int radius = static_cast<int>(std::ceil(search_radius_px));
  const cv::Rect frame(0, 0, pair.image.cols, pair.image.rows);
  const cv::Rect window =
      cv::Rect(patch.x - radius, patch.y - radius, patch.width + 2 * radius, patch.height + 2 * radius) &
      frame;
  const cv::Mat pattern = pair.expected(patch);
  cv::Scalar mean, deviation;
  cv::meanStdDev(pattern, mean, deviation);
  if (!(deviation[0] > 1e-6)) return std::nullopt;
  PatchScores found;
  found.scores = NormalisedCorrelation(pair.image(window), pattern, dem::ChosenSimdLevel());
  cv::patchNaNs(found.scores, -1);
  found.first_move = window.tl() - patch.tl();
  found.contrast = deviation[0] * std::sqrt(static_cast<double>(patch.area()));
  return found;
}

}  // namespace perilune::vision
