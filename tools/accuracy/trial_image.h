#pragma once

#include <opencv2/core.hpp>
#include <optional>

#include "nav/fix/estimate_fix.h"
#include "tools/accuracy/trial_ground.h"
#include "tools/accuracy/trial_plan.h"

namespace perilune::tools {

/// An image of a trial with what is true of it. The pose is that of the map's world: the true one moved by
/// the map's tie, which is what matching can find.
struct TrialImage {
  cv::Mat pixels;  ///< CV_8U or CV_16U
  vision::Camera camera;
  dem::Sun sun;
  Eigen::Isometry3d site_from_cam_on_map = Eigen::Isometry3d::Identity();
  double lit_share = 0;  ///< of the ground in the image, in truth
};

/// Renders the truth under Hapke's law with the Sun's disc, anti-aliased, and exposes it with blur and noise.
/// Nothing when the view does not lie on the ground (a hill in the camera's place).
std::optional<TrialImage> TakeTrialImage(const TrialWorld& world, const TrialView& view, std::uint64_t stream,
                                         const TrialGround& ground);

/// The pose moved by errors of 1 sigma of three map pixels or image pixels, whichever are larger, in each
/// axis and `attitude_sigma_rad`, drawn for (seed, stream); it says so of itself. Whether the attitude is a
/// measurement is `use_attitude`.
nav::PosePrior DrawTrialPrior(const TrialWorld& world, const TrialImage& image, double attitude_sigma_rad,
                              bool use_attitude, std::uint64_t stream);

}  // namespace perilune::tools
