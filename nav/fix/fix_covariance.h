#pragma once

#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/frames/moon.h"
#include "dem/frames/pose.h"
#include "nav/fix/map_declaration.h"
#include "vision/camera/camera.h"
#include "vision/matching/match.h"

namespace perilune::nav {

/// How matches err beside what each declares of itself. The likeliest for the poses (attitude and position)
/// of rendered worlds and descents (`tools/validate covariance -n 30 --first-seed 9001`), but for
/// overlap_power, which is held; docs/first-light.md says what was fitted and what it gives on others.
/// "Pixels" are of the map or of the image on the ground, whichever are larger.
struct MatchErrorModel {
  /// Matches that a declaration counts for where the residuals scale it, along the Sun and across it
  /// (directional_scale.h).
  double declared_counts_as = 10;
  /// The residuals of all matches scale their variance again, by the freedom that the pose leaves to
  /// overlapping patches, down to this share.
  double least_own_variance = 1;
  /// Their variance grows by 1 + this / the number of patches that do not overlap: few patches have heavy
  /// tails and say little of their own scatter.
  double few_patches = 84;
  /// Correlation of two patches' errors: the share of the area that they have in common, to this power. (What
  /// a patch is placed by is the ground's slopes, whose own correlation is narrow.)
  double overlap_power = 2;
  /// A shift of all matches along the Sun's azimuth, 1 sigma. Under a low Sun what the map does not resolve
  /// casts shadows away from the Sun that move the image's features with them:
  /// grazing_shift_px · exp(−elevation / grazing_elevation_rad).
  double grazing_shift_px = 0.097;
  double grazing_elevation_rad = dem::DegToRad(9);
  /// … and under a high one, where slopes hardly shade and albedo does: high_shift_px · sin³ elevation.
  double high_shift_px = 0.29;
  /// The same across the Sun's azimuth, as a share of the sigma along it.
  double shift_across = 0.15;
  /// Height that the landmarks have in common over the map's, 1 sigma in map pixels: what stands out of the
  /// ground, rims above all, is higher than a smoothed map has it; more so under a low Sun, which lights
  /// little else, and under a high one, both as above.
  double landmark_height_map_px = 0.014;
  double grazing_landmark_height_map_px = 0.028;
  double high_landmark_height_map_px = 0.225;

  /// Matches that err as they declare, each for itself.
  static MatchErrorModel Independent();
  /// 1 sigma of the shift along the Sun's azimuth, pixels.
  double SunShift_px(double elevation_rad) const;
  /// 1 sigma of the height that landmarks have in common, map pixels.
  double LandmarkHeight_map_px(double elevation_rad) const;
  void Validate() const;

 private:
  double Grazing(double elevation_rad) const;
  static double High(double elevation_rad);
};

/// A least-squares pose whose covariance is wanted.
struct SolvedPose {
  Eigen::Isometry3d site_from_cam = Eigen::Isometry3d::Identity();
  std::vector<vision::Match> matches;  ///< those that were used
  std::vector<double> weight;          ///< their robust weights
  dem::Matrix6d prior_information = dem::Matrix6d::Zero();
  bool prior_errs = true;  ///< false in a difference of poses that share the prior: its error cancels
};

/// Covariance of the pose by what each match declares, K Σ Kᵀ with K the gain of the weighted least squares
/// and Σ the errors as they are, not as the weights assume:
///  - pixel errors, correlated between overlapping patches by the share of the area they have in common
///    (FormalCovariance; to a power in MapRelativeCovariance);
///  - map height errors, correlated as dem/terrain/height_error.h has it, through the landmarks' parallax;
///  - the prior's own error where it was used.
dem::Matrix6d FormalCovariance(const SolvedPose& solved, const vision::Camera& camera,
                               const MapDeclaration& map);

/// Map-relative covariance of the pose: the formal one with the pixel errors scaled and what matches have in
/// common added (MatchErrorModel; `pixel_m` is the larger pixel's size on the ground).
dem::Matrix6d MapRelativeCovariance(const SolvedPose& solved, const vision::Camera& camera,
                                    const MapDeclaration& map, const dem::Sun& sun,
                                    const MatchErrorModel& model, double pixel_m);

}  // namespace perilune::nav
