#include "vision/matching/normalised_correlation.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "vision/matching/patch_planes.h"

namespace perilune::vision {
namespace {

// Places up to which the sums take less time than transforms (`fix_benchmark
// --benchmark_filter=Correlation`).
constexpr int kFewPlaces = 200;
constexpr double kEven = 1e-10;  // of its squares: less is no variance but rounding

}  // namespace

cv::Mat NormalisedCorrelation(const cv::Mat& window, const cv::Mat& pattern, dem::SimdLevel simd) {
  const int across = window.cols - pattern.cols + 1, down = window.rows - pattern.rows + 1;
  cv::Mat scores;
  if (across * down > kFewPlaces) {
    cv::matchTemplate(window, pattern, scores, cv::TM_CCOEFF_NORMED);
    return scores;
  }
  const cv::Mat centred = pattern - cv::mean(pattern)[0];
  const PaddedPart model(centred, {0, 0, centred.cols, centred.rows});
  constexpr int kBeyond = 3;  // places beside each other are summed four at a time
  const PaddedPart seen(window, {0, 0, window.cols + kBeyond, window.rows});
  scores.create(down, across, CV_32F);
  const PatchSize size{centred.rows, model.stride() - kPatchLanes, model.stride()};
  PatchKernelFor(simd).slide(size, model.At(0, 0), seen.At(0, 0), seen.stride(), across, down,
                             scores.ptr<float>());
  cv::Mat sum, squares;
  cv::integral(window, sum, squares, CV_64F, CV_64F);
  const double energy = centred.dot(centred), area = static_cast<double>(pattern.total());
  for (int y = 0; y < down; ++y) {
    for (int x = 0; x < across; ++x) {
      const auto under = [&](const cv::Mat& integral) {
        return integral.at<double>(y + pattern.rows, x + pattern.cols) -
               integral.at<double>(y, x + pattern.cols) - integral.at<double>(y + pattern.rows, x) +
               integral.at<double>(y, x);
      };
      const double total = under(sum), energy_seen = under(squares);
      const double variance = energy_seen - total * total / area;
      float& score = scores.at<float>(y, x);
      score =
          variance > kEven * energy_seen ? static_cast<float>(score / std::sqrt(energy * variance)) : 0.0F;
    }
  }
  return scores;
}

}  // namespace perilune::vision
