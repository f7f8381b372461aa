#include "datasets/formats/ros2_images.h"

#include <algorithm>
#include <cstring>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <stdexcept>

namespace perilune::datasets {
namespace {

/// How an encoding lies in memory, and how it becomes grey.
struct PixelEncoding {
  const char* name;
  int cv_type;
  std::optional<int> to_grey;
};

const PixelEncoding kPixelEncodings[] = {
    {"mono8", CV_8UC1, std::nullopt},        {"8UC1", CV_8UC1, std::nullopt},
    {"mono16", CV_16UC1, std::nullopt},      {"16UC1", CV_16UC1, std::nullopt},
    {"rgb8", CV_8UC3, cv::COLOR_RGB2GRAY},   {"bgr8", CV_8UC3, cv::COLOR_BGR2GRAY},
    {"rgba8", CV_8UC4, cv::COLOR_RGBA2GRAY}, {"bgra8", CV_8UC4, cv::COLOR_BGRA2GRAY}};

const PixelEncoding& EncodingOf(const RosImage& image) {
  for (const PixelEncoding& encoding : kPixelEncodings) {
    if (image.encoding == encoding.name) return encoding;
  }
  throw std::invalid_argument("image encoding '" + image.encoding +
                              "': known are mono8, mono16, 8UC1, 16UC1, rgb8, bgr8, rgba8, bgra8");
}

void SwapBytes(cv::Mat& pixels) {
  pixels.forEach<std::uint16_t>(
      [](std::uint16_t& p, const int*) { p = static_cast<std::uint16_t>((p << 8) | (p >> 8)); });
}

}  // namespace

RosImage RosImageFrom(const nav::Image& image, const std::string& frame) {
  RosImage ros;
  ros.header = {RosTimeFromNanoseconds(image.t_ns), frame};
  ros.height = static_cast<std::uint32_t>(image.pixels.rows);
  ros.width = static_cast<std::uint32_t>(image.pixels.cols);
  ros.encoding = image.pixels.type() == CV_16UC1 ? "mono16" : "mono8";
  ros.step =
      static_cast<std::uint32_t>(static_cast<std::size_t>(image.pixels.cols) * image.pixels.elemSize());
  ros.data.resize(std::size_t{ros.height} * ros.step);
  for (int row = 0; row < image.pixels.rows; ++row) {
    std::memcpy(&ros.data[static_cast<std::size_t>(row) * ros.step], image.pixels.ptr(row), ros.step);
  }
  return ros;
}

cv::Mat PixelsFromRos(const RosImage& image) {
  const PixelEncoding& encoding = EncodingOf(image);
  constexpr std::uint32_t kLargestSide = 100'000;
  if (image.width == 0 || image.height == 0 || image.width > kLargestSide || image.height > kLargestSide) {
    throw std::invalid_argument("image of " + std::to_string(image.width) + " x " +
                                std::to_string(image.height) + " pixels");
  }
  const std::uint64_t row_bytes = std::uint64_t{image.width} * CV_ELEM_SIZE(encoding.cv_type);
  if (image.step < row_bytes || image.data.size() / image.step < image.height) {
    throw std::invalid_argument("image rows of " + std::to_string(image.step) + " bytes for " +
                                std::to_string(image.width) + " pixels of " + image.encoding);
  }
  cv::Mat pixels(static_cast<int>(image.height), static_cast<int>(image.width), encoding.cv_type);
  for (int row = 0; row < pixels.rows; ++row) {
    std::memcpy(pixels.ptr(row), &image.data[static_cast<std::size_t>(row) * image.step], row_bytes);
  }
  if (image.is_bigendian != 0 && pixels.depth() == CV_16U) SwapBytes(pixels);
  if (!encoding.to_grey) return pixels;
  cv::Mat grey;
  cv::cvtColor(pixels, grey, *encoding.to_grey);
  return grey;
}

RosCameraInfo RosCameraInfoFrom(const vision::Camera& camera, std::int64_t t_ns, const std::string& frame) {
  RosCameraInfo info;
  info.header = {RosTimeFromNanoseconds(t_ns), frame};
  info.height = static_cast<std::uint32_t>(camera.height_px);
  info.width = static_cast<std::uint32_t>(camera.width_px);
  info.distortion_model = camera.IsFisheye() ? "equidistant" : "plumb_bob";
  info.d.assign(camera.distortion.begin(), camera.distortion.begin() + (camera.IsFisheye() ? 4 : 5));
  info.k = {camera.fx_px, 0, camera.cx_px, 0, camera.fy_px, camera.cy_px, 0, 0, 1};
  info.r = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  info.p = {camera.fx_px, 0, camera.cx_px, 0, 0, camera.fy_px, camera.cy_px, 0, 0, 0, 1, 0};
  return info;
}

vision::Camera CameraFromRos(const RosCameraInfo& info) {
  if (info.binning_x > 1 || info.binning_y > 1) throw std::invalid_argument("camera info: binned pixels");
  const RosRegionOfInterest& roi = info.roi;
  const bool whole = roi.x_offset == 0 && roi.y_offset == 0 && (roi.width == 0 || roi.width == info.width) &&
                     (roi.height == 0 || roi.height == info.height);
  if (!whole) throw std::invalid_argument("camera info: a region of interest");
  if (info.width > 100'000 || info.height > 100'000) throw std::invalid_argument("camera info: size");
  vision::Camera camera;
  camera.width_px = static_cast<int>(info.width);
  camera.height_px = static_cast<int>(info.height);
  camera.fx_px = info.k[0];
  camera.cx_px = info.k[2];
  camera.fy_px = info.k[4];
  camera.cy_px = info.k[5];
  std::size_t coefficients = 5;
  if (info.distortion_model == "equidistant") {
    camera.model = vision::kKannalaBrandt;
    coefficients = 4;
  } else if (info.distortion_model == "rational_polynomial") {
    if (std::any_of(info.d.begin() + std::min<std::ptrdiff_t>(5, std::ssize(info.d)), info.d.end(),
                    [](double k) { return k != 0; })) {
      throw std::invalid_argument("camera info: rational_polynomial with k4, k5, k6");
    }
  } else if (info.distortion_model != "plumb_bob" && !(info.distortion_model.empty() && info.d.empty())) {
    throw std::invalid_argument("camera info: distortion model '" + info.distortion_model + "'");
  }
  if (info.distortion_model != "rational_polynomial" && info.d.size() > coefficients) {
    throw std::invalid_argument("camera info: " + std::to_string(info.d.size()) + " coefficients of " +
                                info.distortion_model);
  }
  std::copy_n(info.d.begin(), std::min(info.d.size(), coefficients), camera.distortion.begin());
  camera.Validate();
  return camera;
}

}  // namespace perilune::datasets
