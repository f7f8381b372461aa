#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/frames/pose.h"
#include "nav/fix/estimate_fix.h"
#include "nav/fix/fix.h"
#include "nav/fix/fix_covariance.h"
#include "nav/fix/map_declaration.h"
#include "vision/camera/camera.h"

namespace perilune::tools {

/// A fix with all that its covariance is made of, and its error: what nav::MatchErrorModel is fitted to.
struct DeclaredPose {
  std::string group;  ///< row of the table that it counts in
  std::string unit;   ///< world or descent: errors of one have something in common
  vision::Camera camera;
  nav::SolvedPose solved;  ///< matches: the inliers, with the covariances that their residuals gave them
  nav::MapDeclaration map;
  dem::Sun sun;
  double pixel_m = 0;                           ///< the larger of the map's and the image's on the ground
  dem::Vector6d error = dem::Vector6d::Zero();  ///< dem/frames/pose.h: from the fix to the truth on the map

  dem::Matrix6d Covariance(const nav::MatchErrorModel& model) const;
};

/// Solves the inliers of `fix` once more from where it ends, which gives the weights; `prior` as
/// nav::EstimateFix takes it (its position is not used). Throws std::runtime_error where that fails.
DeclaredPose DeclaredPoseOf(const nav::Fix& fix, const vision::Camera& camera, const nav::PosePrior& prior,
                            const nav::MapDeclaration& map, const dem::Sun& sun,
                            const Eigen::Isometry3d& truth_on_map);

/// A JSON object a line. Throw dem::WriteError, dem::DataError naming the line.
void WriteDeclaredPoses(const std::filesystem::path& path, const std::vector<DeclaredPose>& poses);
std::vector<DeclaredPose> ReadDeclaredPoses(const std::filesystem::path& path);

}  // namespace perilune::tools
