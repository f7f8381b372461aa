#include "vision/craters/crater_network.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

#include "dem/io/data_error.h"

namespace perilune::vision {
namespace {

// As tools/train/crater_network.py has them.
constexpr int kWindow_px = 49, kStride_px = 2, kMultiple_px = 8;
constexpr float kFloor = 0.01F;
constexpr double kMiddle_px = 11.3, kOffset_px = 8;
constexpr double kLeastDiameter_px = 7, kMostDiameter_px = 18;  // diameters that it gives on a level

// What the middle of a tile sees lies within the margin (36 px of kernels, and the grid of the coarsest
// layer).
constexpr int kMargin_px = 48, kMostCore_px = 928;

/// The image turned about its middle so that the Sun lies along +x, on a canvas that holds all of it.
struct TurnedImage {
  cv::Mat image;            ///< CV_32F, NaN without data
  cv::Matx23d from_turned;  ///< pixel of the original from one of this
};

TurnedImage Turn(const cv::Mat& image, double sun_direction_rad) {
  const double c = std::cos(sun_direction_rad), s = std::sin(sun_direction_rad);
  const cv::Size size(static_cast<int>(std::ceil(std::abs(c) * image.cols + std::abs(s) * image.rows)),
                      static_cast<int>(std::ceil(std::abs(s) * image.cols + std::abs(c) * image.rows)));
  const double x = 0.5 * (size.width - 1), y = 0.5 * (size.height - 1);
  TurnedImage turned;
  turned.from_turned = {c, -s, 0.5 * (image.cols - 1) - c * x + s * y,
                        s, c,  0.5 * (image.rows - 1) - s * x - c * y};
  constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();
  cv::warpAffine(image, turned.image, turned.from_turned, size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_CONSTANT, cv::Scalar(kNothing));
  return turned;
}

/// Less the local mean, by the local spread, of valid pixels; 0 elsewhere.
cv::Mat Normalised(const PyramidLevel& level) {
  const auto sum = [](const cv::Mat& values) {
    cv::Mat result;
    cv::boxFilter(values, result, CV_64F, cv::Size(kWindow_px, kWindow_px), cv::Point(-1, -1), false,
                  cv::BORDER_CONSTANT);
    return result;
  };
  const cv::Mat count = sum(level.valid), first = sum(level.image.mul(level.valid)),
                second = sum(level.image.mul(level.image).mul(level.valid));
  cv::Mat result = cv::Mat::zeros(level.image.size(), CV_32F);
  for (int row = 0; row < result.rows; ++row) {
    for (int col = 0; col < result.cols; ++col) {
      if (level.valid.at<float>(row, col) < 0.999F) continue;
      const double n = count.at<double>(row, col), mean = first.at<double>(row, col) / n;
      const double variance = std::max(0.0, second.at<double>(row, col) / n - mean * mean);
      const double spread = std::sqrt(variance + kFloor * kFloor * mean * mean + 1e-12);
      result.at<float>(row, col) = static_cast<float>((level.image.at<float>(row, col) - mean) / spread);
    }
  }
  return result;
}

/// What OpenCV prints of a file that it cannot read is told by an exception.
class QuietOpenCv {
 public:
  QuietOpenCv() : level_(cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT)) {}
  ~QuietOpenCv() { cv::utils::logging::setLogLevel(level_); }
  QuietOpenCv(const QuietOpenCv&) = delete;
  QuietOpenCv& operator=(const QuietOpenCv&) = delete;

 private:
  cv::utils::logging::LogLevel level_;
};

/// Peaks of one tile whose cells lie in `core` (cells of the tile), in pixels of the level.
void AppendPeaks(const cv::Mat& cells, const cv::Rect& core, const cv::Point& corner, double min_logit,
                 std::vector<BowlCandidate>& found) {
  const int rows = cells.size[2], cols = cells.size[3];
  const auto plane = [&](int index) {
    return cv::Mat(rows, cols, CV_32F, const_cast<float*>(cells.ptr<float>(0, index)));
  };
  const cv::Mat logit = plane(0), dx = plane(1), dy = plane(2), size = plane(3);
  cv::Mat highest;
  cv::dilate(logit, highest, cv::Mat::ones(3, 3, CV_8U));
  for (int row = core.y; row < core.y + core.height; ++row) {
    for (int col = core.x; col < core.x + core.width; ++col) {
      const float value = logit.at<float>(row, col);
      if (!(value >= min_logit) || value < highest.at<float>(row, col)) continue;
      const double diameter_px = kMiddle_px * std::exp2(size.at<float>(row, col));
      if (diameter_px < kLeastDiameter_px || diameter_px > kMostDiameter_px) continue;
      const double half_cell = 0.5 * (kStride_px - 1);
      found.push_back({{corner.x + kStride_px * col + half_cell + kOffset_px * dx.at<float>(row, col),
                        corner.y + kStride_px * row + half_cell + kOffset_px * dy.at<float>(row, col)},
                       diameter_px,
                       value});
    }
  }
}

int RoundedUp(int px) { return (px + kMultiple_px - 1) / kMultiple_px * kMultiple_px; }

/// The middle of a tile: of so few tiles as hold the side, all alike.
int CoreOf(int side_px) {
  const int tiles = (side_px + kMostCore_px - 1) / kMostCore_px;
  return RoundedUp((side_px + tiles - 1) / tiles);
}

/// By tiles that overlap by twice the margin: the memory does not grow with the image.
std::vector<BowlCandidate> FindOnLevel(cv::dnn::Net& net, const PyramidLevel& level, double min_logit) {
  const cv::Mat input = Normalised(level);
  const cv::Size core_px(CoreOf(input.cols), CoreOf(input.rows));
  const cv::Size tile_px(core_px.width + 2 * kMargin_px, core_px.height + 2 * kMargin_px);
  std::vector<BowlCandidate> found;
  for (int y = 0; y < input.rows; y += core_px.height) {
    for (int x = 0; x < input.cols; x += core_px.width) {
      const cv::Rect wanted(cv::Point(x - kMargin_px, y - kMargin_px), tile_px);
      const cv::Rect there = wanted & cv::Rect(0, 0, input.cols, input.rows);
      cv::Mat tile = cv::Mat::zeros(tile_px, CV_32F);
      input(there).copyTo(tile(there - wanted.tl()));
      net.setInput(cv::dnn::blobFromImage(tile));
      const cv::Rect core(kMargin_px / kStride_px, kMargin_px / kStride_px,
                          (std::min(core_px.width, input.cols - x) + 1) / kStride_px,
                          (std::min(core_px.height, input.rows - y) + 1) / kStride_px);
      AppendPeaks(net.forward(), core, wanted.tl(), min_logit, found);
    }
  }
  return found;
}

}  // namespace

CraterNetwork::CraterNetwork(const std::filesystem::path& onnx) {
  std::ifstream stream(onnx, std::ios::binary);
  if (!stream) throw dem::DataError(onnx, "cannot be read");
  bytes_.assign(std::istreambuf_iterator<char>(stream), {});
  try {
    const QuietOpenCv quiet;
    cv::dnn::Net net = cv::dnn::readNetFromONNX(bytes_.data(), bytes_.size());
    net.setInput(cv::dnn::blobFromImage(cv::Mat::zeros(64, 64, CV_32F)));
    const cv::Mat cells = net.forward();
    if (cells.dims == 4 && cells.size[1] == 4 && cells.size[2] == 32 && cells.size[3] == 32) return;
  } catch (const cv::Exception&) {  // told below
  }
  throw dem::DataError(onnx,
                       "is no network of crater centres (ONNX; tools/train/crater_network.py makes one)");
}

std::vector<BowlCandidate> CraterNetwork::Find(const cv::Mat& image, double sun_direction_rad,
                                               double min_diameter_px, double max_diameter_px,
                                               double min_logit) const {
  const TurnedImage turned = Turn(image, sun_direction_rad);
  cv::dnn::Net net = cv::dnn::readNetFromONNX(bytes_.data(), bytes_.size());
  std::vector<BowlCandidate> found;
  for (const PyramidLevel& level : MakePyramid(turned.image, max_diameter_px)) {
    for (BowlCandidate candidate : FindOnLevel(net, level, min_logit)) {
      candidate.diameter_px *= level.scale_px;
      if (candidate.diameter_px < min_diameter_px || candidate.diameter_px > max_diameter_px) continue;
      const Eigen::Vector2d at = level.ToFirst(candidate.centre_px);
      const cv::Vec2d original = turned.from_turned * cv::Vec3d(at.x(), at.y(), 1);
      candidate.centre_px = {original[0], original[1]};
      found.push_back(candidate);
    }
  }
  return found;
}

}  // namespace perilune::vision
