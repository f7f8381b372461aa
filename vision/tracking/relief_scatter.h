#pragma once

#include <Eigen/Core>
#include <vector>

namespace perilune::vision {

/// How far a track's inverse range lies from the ground plane, by its pixel alone.
struct PlaneOffset {
  Eigen::Vector3d ray0_in_cam0 = Eigen::Vector3d::UnitZ();  ///< unit
  double offset = 0;
  double pixel_sigma = 0;  ///< what its pixel makes of that
};

/// Sigma of the relief: with it and their pixels' sigmas the offsets have a mean square of 1 (cut off at 3
/// sigma). Held within [least, most], which are positive.
double ReliefSigma(const std::vector<PlaneOffset>& offsets, double least, double most);

/// Tracks that one independent sample of the relief is worth, at least 1: neighbours stand on the same hill,
/// so many tracks say less about what all of them share. 1 + Σ ρ over the other tracks, ρ the offsets'
/// correlation by distance (a correlogram in steps, up to the first one that does not stand out of chance):
/// the design effect of clustered samples (Kish 1965).
double TracksPerSample(const std::vector<PlaneOffset>& offsets, double relief_sigma);

}  // namespace perilune::vision
