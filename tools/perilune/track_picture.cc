#include "tools/perilune/track_picture.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "tools/perilune/picture_file.h"

namespace perilune::tools {
namespace {

constexpr std::size_t kTrail = 10;
constexpr int kShift = 4;  // OpenCV's sub-pixel bits

cv::Point InSixteenths(const Eigen::Vector2d& pixel) {
  return {static_cast<int>(std::lround(pixel.x() * (1 << kShift))),
          static_cast<int>(std::lround(pixel.y() * (1 << kShift)))};
}

cv::Scalar ColourOfAge(std::size_t age) {
  const cv::Mat level(1, 1, CV_8U, cv::Scalar(40 + 190.0 * static_cast<double>(age) / kTrail));
  cv::Mat colour;
  cv::applyColorMap(level, colour, cv::COLORMAP_TURBO);
  return cv::Scalar(colour.at<cv::Vec3b>(0, 0));
}

}  // namespace

void TrackTrails::Add(const vision::TrackedFrame& frame) {
  std::map<std::int64_t, std::vector<Eigen::Vector2d>> living;
  for (const vision::TrackedFeature& feature : frame.features) {
    std::vector<Eigen::Vector2d>& places = living[feature.id];
    const auto before = places_.find(feature.id);
    if (before != places_.end()) places = std::move(before->second);
    places.push_back(feature.pixel_px);
    if (places.size() > kTrail + 1) places.erase(places.begin());
  }
  places_ = std::move(living);
}

void TrackTrails::Write(const std::filesystem::path& path, const cv::Mat& image) const {
  double darkest = 0, brightest = 0;
  cv::minMaxLoc(image, &darkest, &brightest);
  cv::Mat grey, picture;
  image.convertTo(grey, CV_8U, 255 / std::max(1.0, brightest - darkest),
                  -255 * darkest / std::max(1.0, brightest - darkest));
  cv::cvtColor(grey, picture, cv::COLOR_GRAY2BGR);
  for (const auto& [id, places] : places_) {
    if (places.size() == 1) {
      cv::circle(picture, InSixteenths(places.back()), 1 << kShift, cv::Scalar(150, 150, 150), cv::FILLED,
                 cv::LINE_AA, kShift);
      continue;
    }
    const cv::Scalar colour = ColourOfAge(places.size() - 1);
    for (std::size_t i = 1; i < places.size(); ++i) {
      cv::line(picture, InSixteenths(places[i - 1]), InSixteenths(places[i]), colour, 1, cv::LINE_AA, kShift);
    }
    cv::circle(picture, InSixteenths(places.back()), 3 << kShift, colour, 1, cv::LINE_AA, kShift);
  }
  WritePicture(path, picture);
}

}  // namespace perilune::tools
