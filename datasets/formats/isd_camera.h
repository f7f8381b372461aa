#pragma once

#include <Eigen/Core>

#include "datasets/formats/isd_keys.h"
#include "vision/camera/camera.h"

namespace perilune::datasets {

struct IsdCamera {
  vision::Camera camera;
  /// From our `cam` (x right, y down, z forward) to the file's camera frame.
  Eigen::Matrix3d frame_from_cam = Eigen::Matrix3d::Identity();
};

/// The camera of an ISD's root; see isd.h for the keys. Throws dem::DataError.
IsdCamera ReadIsdCamera(const IsdKeys& root);

}  // namespace perilune::datasets
