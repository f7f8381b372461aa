#include "tools/perilune/craters_overlay.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>

namespace perilune::tools {
namespace {

const cv::Scalar kRecognised(80, 220, 80), kUnknown(60, 60, 240), kCatalogued(60, 220, 240);

void DrawRim(cv::Mat& canvas, const vision::CraterRim& rim, const vision::Camera& camera,
             const Eigen::Isometry3d& moon_from_cam) {
  constexpr int kPoints = 48;
  std::vector<cv::Point> outline;
  for (int i = 0; i < kPoints; ++i) {
    const double t = 2 * dem::kPi * i / kPoints;
    const Eigen::Vector3d point = rim.centre + std::cos(t) * rim.major + std::sin(t) * rim.minor;
    const auto pixel = camera.Project(moon_from_cam.inverse() * point);
    if (!pixel) return;
    outline.emplace_back(static_cast<int>(std::lround(pixel->x())),
                         static_cast<int>(std::lround(pixel->y())));
  }
  cv::polylines(canvas, outline, true, kCatalogued, 1, cv::LINE_AA);
}

void DrawDetection(cv::Mat& canvas, const vision::CraterDetection& detection, const cv::Scalar& colour) {
  cv::ellipse(canvas,
              cv::RotatedRect(cv::Point2f(static_cast<float>(detection.centre_px.x()),
                                          static_cast<float>(detection.centre_px.y())),
                              cv::Size2f(static_cast<float>(2 * detection.axes.semi_major),
                                         static_cast<float>(2 * detection.axes.semi_minor)),
                              static_cast<float>(dem::RadToDeg(detection.axes.angle_rad))),
              colour, 1, cv::LINE_AA);
}

}  // namespace

cv::Mat DrawDetections(const cv::Mat& image, const vision::CraterDetections& found) {
  cv::Mat canvas;
  cv::cvtColor(image, canvas, cv::COLOR_GRAY2BGR);
  for (const vision::DetectedCrater& crater : found.craters) {
    DrawDetection(canvas, crater.rim, kRecognised * (0.4 + 0.6 * crater.rim.score));
  }
  return canvas;
}

cv::Mat DrawIdentification(const cv::Mat& image, const vision::Camera& camera,
                           const std::vector<vision::CraterDetection>& detections,
                           const vision::Identification& found, const std::vector<dem::Crater>& catalogue) {
  cv::Mat canvas(camera.height_px, camera.width_px, CV_8UC3, cv::Scalar::all(0));
  if (!image.empty()) cv::cvtColor(image, canvas, cv::COLOR_GRAY2BGR);
  const bool identified = found.status == vision::IdentifyStatus::kIdentified;
  if (identified) {
    const vision::CraterMap map(catalogue);
    for (const int crater : vision::CratersInFootprint(map.index(), camera, found.pose.moon_from_cam)) {
      DrawRim(canvas, map.rim(crater), camera, found.pose.moon_from_cam);
    }
  }
  for (const vision::CraterDetection& detection : detections) DrawDetection(canvas, detection, kUnknown);
  if (!identified) return canvas;
  for (const vision::CraterMatch& match : found.matches) {
    const vision::CraterDetection& detection = detections[static_cast<std::size_t>(match.detection)];
    DrawDetection(canvas, detection, kRecognised);
    cv::putText(
        canvas, std::to_string(catalogue[static_cast<std::size_t>(match.crater)].id),
        cv::Point(static_cast<int>(detection.centre_px.x()) + 4, static_cast<int>(detection.centre_px.y())),
        cv::FONT_HERSHEY_PLAIN, 0.7, kRecognised, 1, cv::LINE_AA);
  }
  return canvas;
}

}  // namespace perilune::tools
