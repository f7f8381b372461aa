#pragma once

#include <opencv2/core.hpp>

#include "datasets/formats/ros2_messages.h"
#include "nav/sensors/records.h"
#include "vision/camera/camera.h"

namespace perilune::datasets {

/// mono8 or mono16, in the machine's (little-endian) order.
RosImage RosImageFrom(const nav::Image& image, const std::string& frame);

/// Grey pixels (CV_8U or CV_16U) of mono8, mono16, 8UC1, 16UC1 in either byte order, and of rgb8, bgr8,
/// rgba8, bgra8 through OpenCV's luma. Throws std::invalid_argument: another encoding, no pixel, rows that
/// are shorter than they have to be.
cv::Mat PixelsFromRos(const RosImage& image);

/// Pixel centres are integers in both.
RosCameraInfo RosCameraInfoFrom(const vision::Camera& camera, std::int64_t t_ns, const std::string& frame);

/// plumb_bob with 4 or 5 coefficients (or none), rational_polynomial whose last three are zero, equidistant.
/// Throws std::invalid_argument: another model, binning or a region of interest, a camera that
/// vision::Camera::Validate refuses.
vision::Camera CameraFromRos(const RosCameraInfo& info);

}  // namespace perilune::datasets
