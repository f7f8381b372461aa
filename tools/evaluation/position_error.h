#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/run.h"
#include "datasets/formats/truth.h"

namespace perilune::tools {

/// What an answer claims of itself. kAccepted: map-relative horizontal 1 sigma of at most u. kWeak: less
/// certain. kNoMap: no map good enough below (outside availability). kNone: a map, but no pose.
enum class Outcome { kAccepted, kWeak, kNoMap, kNone };

std::string ToString(Outcome outcome);
/// Throws std::invalid_argument for another word.
Outcome OutcomeFromString(const std::string& word);

/// Estimate − truth in `site` (east, north, up, m), what the estimate claims, and the squared Mahalanobis
/// distance of the two.
struct ErrorTerm {
  Eigen::Vector3d error_m = Eigen::Vector3d::Zero();
  /// 1 sigma of each axis; with `nees` absent where no covariance was declared.
  std::optional<Eigen::Vector3d> sigma_m;
  std::optional<double> nees;

  double Horizontal_m() const { return error_m.head<2>().norm(); }
};

/// Risks at which protection levels are verified.
inline constexpr std::array<double, 2> kVerifiedRisks = {1e-1, 1e-2};

/// Levels that the map-relative position error leaves with the stated risk when no sensor lies, horizontally
/// and vertically each (nav/estimation/protection_level.h).
struct ProtectedPosition {
  double horizontal_m = 0, vertical_m = 0;
};

/// One image's position answer against the truth.
struct PositionError {
  std::int64_t t_ns = 0;
  Outcome outcome = Outcome::kNone;
  std::string map;             ///< file name of the level; empty without one
  double map_pixel_m = 0;      ///< 0 = not known
  double ground_sample_m = 0;  ///< 0 = not known
  /// Against the truth as that map shows it: true position + the level's tie. Absent without a pose or a
  /// known tie.
  std::optional<ErrorTerm> map_relative;
  /// Against the truth. Absent without a pose.
  std::optional<ErrorTerm> absolute;
  /// Of a state with a map-relative error whose run gave a level, at each of kVerifiedRisks.
  std::optional<std::array<ProtectedPosition, kVerifiedRisks.size()>> protection;

  /// u = max(map pixel, ground sample), m.
  double Unit_m() const { return map_pixel_m > ground_sample_m ? map_pixel_m : ground_sample_m; }
  /// Accepted, and the 3-D Mahalanobis distance exceeds 5 or the horizontal error exceeds 3 u, map-relative.
  bool IsFalse() const;
};

/// Difference with its covariance (m²). Throws std::invalid_argument when the covariance is not positive
/// definite.
ErrorTerm MakeErrorTerm(const Eigen::Vector3d& error_m, const std::optional<Eigen::Matrix3d>& covariance_m2);

/// True state at a time: a recorded one, or interpolated (position and velocity linearly, attitude by slerp)
/// between two that are at most 50 ms apart. Throws std::invalid_argument when there is none.
datasets::TruthState TruthAt(const datasets::Truth& truth, std::int64_t t_ns);

/// Errors of the camera's position, one entry a row of fixes.csv.
std::vector<PositionError> FixErrors(const std::vector<datasets::FixRow>& fixes, const datasets::Truth& truth,
                                     const Eigen::Isometry3d& body_from_cam);

/// Errors of the body's position, one entry a row of states.csv. Map pixel and ground sample are those of the
/// fix attempted at the same time; a state without a map, or at a time whose fix found no map, counts as
/// kNoMap.
std::vector<PositionError> StateErrors(const std::vector<datasets::StateRow>& states,
                                       const std::vector<datasets::FixRow>& fixes,
                                       const datasets::Truth& truth);

}  // namespace perilune::tools
