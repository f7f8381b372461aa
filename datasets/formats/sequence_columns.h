#pragma once

#include <Eigen/Geometry>
#include <array>

#include "datasets/formats/csv_stream.h"

namespace perilune::datasets {

// Headers of the data.csv files of a sequence that Perilune writes (EuRoC's where EuRoC has the sensor).
inline constexpr char kImageHeader[] = "#timestamp [ns],filename";
inline constexpr char kImuHeader[] =
    "#timestamp [ns],w_RS_S_x [rad s^-1],w_RS_S_y [rad s^-1],w_RS_S_z [rad s^-1],"
    "a_RS_S_x [m s^-2],a_RS_S_y [m s^-2],a_RS_S_z [m s^-2]";
inline constexpr char kRangeHeader[] = "#timestamp [ns],range [m],sigma [m],valid";
inline constexpr char kStarTrackerHeader[] = "#timestamp [ns],q_w,q_x,q_y,q_z,sigma [rad]";

/// The quaternion in four columns of a row, normalised. Throws dem::DataError when its length is off by more
/// than 1e-3.
Eigen::Quaterniond UnitQuaternion(const CsvRow& row, const std::array<std::size_t, 4>& wxyz);

}  // namespace perilune::datasets
