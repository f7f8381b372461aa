#pragma once

#include <Eigen/Core>

#include "datasets/formats/json_object.h"
#include "vision/camera/camera.h"

namespace perilune::datasets {

struct IsdCamera {
  vision::Camera camera;
  /// From our `cam` (x right, y down, z forward) to the file's camera frame.
  Eigen::Matrix3d frame_from_cam = Eigen::Matrix3d::Identity();
};

/// The camera of an ISD's root; see isd.h for the keys. Throws dem::DataError.
IsdCamera ReadIsdCamera(const JsonObject& root);

}  // namespace perilune::datasets
