#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace perilune::dem {

/// Rotation from `inertial` (ICRF axes) to `moon` (mean Earth / polar axis) at t_ns (TAI): the lunar series
/// E1…E13 of the IAU Working Group on Cartographic Coordinates and Rotational Elements (Archinal et al. 2011,
/// Table 2; unchanged in 2018) at TDB. It follows the DE421 mean-Earth frame within 0.005° (about 150 m on
/// the ground).
Eigen::Matrix3d MoonFromInertial(std::int64_t t_ns);

}  // namespace perilune::dem
