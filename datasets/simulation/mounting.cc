#include "datasets/simulation/mounting.h"

namespace perilune::datasets {
namespace {

Eigen::Isometry3d Mount(const Eigen::Vector3d& x, const Eigen::Vector3d& y, const Eigen::Vector3d& position) {
  Eigen::Isometry3d body_from_sensor = Eigen::Isometry3d::Identity();
  body_from_sensor.linear() << x, y, x.cross(y);
  body_from_sensor.translation() = position;
  return body_from_sensor;
}

}  // namespace

Eigen::Isometry3d NadirCameraMount(const Eigen::Vector3d& position_in_body_m) {
  return Mount(-Eigen::Vector3d::UnitY(), -Eigen::Vector3d::UnitX(), position_in_body_m);
}

Eigen::Isometry3d NadirBeamMount(const Eigen::Vector3d& position_in_body_m) {
  return Mount(Eigen::Vector3d::UnitX(), -Eigen::Vector3d::UnitY(), position_in_body_m);
}

Eigen::Isometry3d AlignedMount(const Eigen::Vector3d& position_in_body_m) {
  return Mount(Eigen::Vector3d::UnitX(), Eigen::Vector3d::UnitY(), position_in_body_m);
}

Eigen::Isometry3d SidewaysMount() {
  return Mount(Eigen::Vector3d::UnitZ(), Eigen::Vector3d::UnitX(), Eigen::Vector3d::Zero());
}

}  // namespace perilune::datasets
