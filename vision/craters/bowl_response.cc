#include "vision/craters/bowl_response.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "dem/frames/moon.h"
#include "vision/craters/shaded_bowl.h"

namespace perilune::vision {
namespace {

constexpr int kSizesPerOctave = 4;
constexpr double kSmallest_px = 8;  // of templates; larger craters are looked for on coarser levels

double TemplateDiameter_px(int size) {
  return kSmallest_px * std::exp2(static_cast<double>(size) / kSizesPerOctave);
}

/// What a shaded bowl looks like from no Sun in sight of the floor to a worn crater under a high Sun.
constexpr std::array<BowlModel, 3> kBowls = {{{0.05, 0.8}, {0.2, 0.44}, {0.2, 0.2}}};

cv::Mat Correlate(const cv::Mat& image, const cv::Mat& kernel) {
  cv::Mat result;
  cv::filter2D(image, result, CV_32F, kernel, cv::Point(-1, -1), 0, cv::BORDER_CONSTANT);
  return result;
}

/// Count, mean and sum of squared deviations under a template's mask.
class LocalMoments {
 public:
  LocalMoments(const PyramidLevel& level, const cv::Mat& squares, const cv::Mat& mask)
      : count_(Correlate(level.valid, mask)), sum_(Correlate(level.image, mask)), full_(cv::sum(mask)[0]) {
    cv::Mat most;
    cv::max(count_, 1.0, most);
    mean_ = sum_ / most;
    spread_ = Correlate(squares, mask) - mean_.mul(sum_);
  }

  /// Normalised correlation; −1 where less than `kLeastSeen` of the template is on the image.
  cv::Mat Normalised(const PyramidLevel& level, const cv::Mat& bowl) const {
    const cv::Mat product = Correlate(level.image, bowl), weight = Correlate(level.valid, bowl),
                  square = Correlate(level.valid, bowl.mul(bowl));
    cv::Mat result(product.size(), CV_32F);
    for (int row = 0; row < result.rows; ++row) {
      for (int col = 0; col < result.cols; ++col) {
        const float n = count_.at<float>(row, col), w = weight.at<float>(row, col);
        const float norm2 = square.at<float>(row, col) - w * w / std::max(n, 1.0F);
        const float spread = spread_.at<float>(row, col);
        const bool enough = n > kLeastSeen * full_ && norm2 > kLeastSeen && spread > 0;
        result.at<float>(row, col) =
            enough ? (product.at<float>(row, col) - mean_.at<float>(row, col) * w) / std::sqrt(norm2 * spread)
                   : -1.0F;
      }
    }
    return result;
  }

 private:
  static constexpr float kLeastSeen = 0.5F;
  cv::Mat count_, sum_, mean_, spread_;
  double full_;
};

/// Pixels that no neighbour within `reach` exceeds.
std::vector<cv::Point> LocalMaxima(const cv::Mat& response, int reach, double least) {
  cv::Mat highest;
  cv::dilate(response, highest, cv::Mat::ones(2 * reach + 1, 2 * reach + 1, CV_8U));
  std::vector<cv::Point> maxima;
  for (int row = 0; row < response.rows; ++row) {
    for (int col = 0; col < response.cols; ++col) {
      const float value = response.at<float>(row, col);
      if (value >= least && value >= highest.at<float>(row, col)) maxima.emplace_back(col, row);
    }
  }
  return maxima;
}

/// One size on one level.
struct ScaleJob {
  const PyramidLevel* level = nullptr;
  const cv::Mat* squares = nullptr;
  int size = 0;
};

std::vector<cv::Mat> SquaresOf(const std::vector<PyramidLevel>& pyramid) {
  std::vector<cv::Mat> squares;
  for (const PyramidLevel& level : pyramid) squares.push_back(level.image.mul(level.image));
  return squares;
}

std::vector<BowlCandidate> FindAtScale(const ScaleJob& job, double sun_direction_rad, double least) {
  const double diameter_px = TemplateDiameter_px(job.size);
  const LocalMoments moments(*job.level, *job.squares, BowlMask(diameter_px));
  cv::Mat best;
  for (const BowlModel& model : kBowls) {
    const cv::Mat likeness =
        moments.Normalised(*job.level, ShadedBowl(model, diameter_px, sun_direction_rad));
    if (best.empty()) best = likeness;
    best = cv::max(best, likeness);
  }
  std::vector<BowlCandidate> found;
  for (const cv::Point& at : LocalMaxima(best, 1, least)) {
    found.push_back({job.level->ToFirst({at.x, at.y}), diameter_px * job.level->scale_px,
                     static_cast<double>(best.at<float>(at))});
  }
  return found;
}

/// Keeps what no better candidate of nearly its place and size excludes.
std::vector<BowlCandidate> Thinned(std::vector<BowlCandidate> candidates) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.likeness > b.likeness; });
  std::vector<BowlCandidate> kept;
  for (const BowlCandidate& candidate : candidates) {
    const bool excluded = std::any_of(kept.begin(), kept.end(), [&](const BowlCandidate& better) {
      const double ratio = candidate.diameter_px / better.diameter_px;
      return ratio < 1.3 && ratio > 1 / 1.3 &&
             (candidate.centre_px - better.centre_px).norm() < 0.2 * better.diameter_px;
    });
    if (!excluded) kept.push_back(candidate);
  }
  return kept;
}

}  // namespace

std::vector<PyramidLevel> MakePyramid(const cv::Mat& image, double max_diameter_px) {
  PyramidLevel first;
  first.image = image.clone();
  first.valid = cv::Mat(image.size(), CV_32F);
  for (int row = 0; row < image.rows; ++row) {
    for (int col = 0; col < image.cols; ++col) {
      float& value = first.image.at<float>(row, col);
      const bool known = std::isfinite(value);
      first.valid.at<float>(row, col) = known ? 1.0F : 0.0F;
      if (!known) value = 0;
    }
  }
  std::vector<PyramidLevel> pyramid = {first};
  while (2 * kSmallest_px * pyramid.back().scale_px <= max_diameter_px) {
    const PyramidLevel& finer = pyramid.back();
    if (std::min(finer.image.rows, finer.image.cols) < 2 * kSmallest_px) break;
    PyramidLevel level;
    level.scale_px = 2 * finer.scale_px;
    const cv::Size half(finer.image.cols / 2, finer.image.rows / 2);
    const cv::Rect whole(0, 0, 2 * half.width, 2 * half.height);
    cv::resize(finer.image(whole), level.image, half, 0, 0, cv::INTER_AREA);
    cv::resize(finer.valid(whole), level.valid, half, 0, 0, cv::INTER_AREA);
    cv::Mat share;
    cv::max(level.valid, 0.25, share);
    level.image = level.image / share;
    level.valid = level.valid / share;
    pyramid.push_back(level);
  }
  return pyramid;
}

std::vector<BowlCandidate> FindBowls(const std::vector<PyramidLevel>& pyramid, double sun_direction_rad,
                                     double min_diameter_px, double max_diameter_px, double min_likeness) {
  const std::vector<cv::Mat> squares = SquaresOf(pyramid);
  std::vector<ScaleJob> jobs;
  for (std::size_t l = 0; l < pyramid.size(); ++l) {
    for (int size = 0; size < kSizesPerOctave; ++size) {
      const double diameter_px = TemplateDiameter_px(size) * pyramid[l].scale_px;
      if (diameter_px > 0.9 * min_diameter_px && diameter_px < 1.1 * max_diameter_px) {
        jobs.push_back({&pyramid[l], &squares[l], size});
      }
    }
  }
  std::vector<std::vector<BowlCandidate>> found(jobs.size());
  tbb::parallel_for(std::size_t{0}, jobs.size(),
                    [&](std::size_t i) { found[i] = FindAtScale(jobs[i], sun_direction_rad, min_likeness); });
  std::vector<BowlCandidate> all;
  for (const auto& scale : found) all.insert(all.end(), scale.begin(), scale.end());
  return Thinned(std::move(all));
}

double EstimateSunDirection(const std::vector<PyramidLevel>& pyramid) {
  constexpr int kBins = 180, kSize = 2;
  constexpr float kLeastLikeness = 0.6F;
  std::array<double, kBins> votes{};
  const std::vector<cv::Mat> squares = SquaresOf(pyramid);
  const double diameter_px = TemplateDiameter_px(kSize);
  const cv::Mat mask = BowlMask(diameter_px);
  const cv::Mat bowl_x = ShadedBowl(kBowls[0], diameter_px, 0),
                bowl_y = ShadedBowl(kBowls[0], diameter_px, dem::kPi / 2);
  for (std::size_t l = 0; l < pyramid.size(); ++l) {
    const LocalMoments moments(pyramid[l], squares[l], mask);
    const cv::Mat along_x = moments.Normalised(pyramid[l], bowl_x),
                  along_y = moments.Normalised(pyramid[l], bowl_y);
    cv::Mat likeness, angle_rad;
    cv::cartToPolar(along_x, along_y, likeness, angle_rad);
    likeness.setTo(0, (along_x <= -1) | (along_y <= -1));
    for (const cv::Point& at : LocalMaxima(likeness, 2, kLeastLikeness)) {
      const int bin = static_cast<int>(angle_rad.at<float>(at) / (2 * dem::kPi) * kBins) % kBins;
      votes[static_cast<std::size_t>(bin)] += std::pow(likeness.at<float>(at), 4) * pyramid[l].scale_px;
    }
  }
  // The direction with most votes in a raised cosine of ± 40° about it, then their mean direction there.
  constexpr int kReach = 20;
  double best = -1, direction_rad = 0;
  for (int centre = 0; centre < kBins; ++centre) {
    double sum = 0, along = 0, across = 0;
    for (int k = -kReach; k <= kReach; ++k) {
      const double offset_rad = 2 * dem::kPi * k / kBins;
      const double vote = votes[static_cast<std::size_t>((centre + k + kBins) % kBins)] *
                          (1 + std::cos(dem::kPi * k / kReach));
      sum += vote;
      along += vote * std::cos(offset_rad);
      across += vote * std::sin(offset_rad);
    }
    if (sum <= best) continue;
    best = sum;
    direction_rad = 2 * dem::kPi * (centre + 0.5) / kBins + std::atan2(across, along);
  }
  return std::remainder(direction_rad, 2 * dem::kPi);
}

}  // namespace perilune::vision
