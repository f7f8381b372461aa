#include "nav/fix/holdout.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vision/pose/reprojection.h"

namespace perilune::nav {
namespace {

// Which fold a pixel belongs to: blocks of a fold lie scattered over the image.
class Folds {
 public:
  Folds(const vision::Camera& camera, const HoldoutOptions& options)
      : block_x_(static_cast<double>(camera.width_px) / options.blocks_across),
        block_y_(static_cast<double>(camera.height_px) / options.blocks_across),
        across_(options.blocks_across),
        folds_(options.folds) {}

  int Of(const Eigen::Vector2d& pixel) const {
    const int bx = std::clamp(static_cast<int>((pixel.x() + 0.5) / block_x_), 0, across_ - 1);
    const int by = std::clamp(static_cast<int>((pixel.y() + 0.5) / block_y_), 0, across_ - 1);
    return (bx + 2 * by) % folds_;
  }

  bool PatchTouches(const vision::Match& match, int fold) const {
    const double half = match.patch_size_px / 2;
    for (const double dx : {-half, 0.0, half}) {
      for (const double dy : {-half, 0.0, half}) {
        if (Of(match.pixel_px + Eigen::Vector2d(dx, dy)) == fold) return true;
      }
    }
    return false;
  }

 private:
  double block_x_, block_y_;
  int across_, folds_;
};

}  // namespace

double HoldoutRms_px(const std::vector<vision::Match>& matches, const vision::Camera& camera,
                     const Eigen::Isometry3d& site_from_cam,
                     const std::optional<vision::PosePriorFactor>& prior, double gate_px,
                     const vision::RefineOptions& refine, const HoldoutOptions& options) {
  constexpr std::size_t kFewestForAPose = 6;
  const Folds folds(camera, options);
  const std::vector<int> inliers = vision::InliersWithin(matches, camera, site_from_cam, gate_px);
  double sum = 0;
  int count = 0;
  for (int fold = 0; fold < options.folds; ++fold) {
    std::vector<int> training;
    std::copy_if(inliers.begin(), inliers.end(), std::back_inserter(training),
                 [&](int i) { return !folds.PatchTouches(matches[i], fold); });
    if (training.size() < kFewestForAPose) continue;
    const auto pose = vision::RefinePose(matches, training, camera, site_from_cam, prior, refine);
    if (!pose.usable) continue;
    const std::vector<double> errors = vision::ReprojectionErrors(matches, camera, pose.site_from_cam);
    for (std::size_t i = 0; i < matches.size(); ++i) {
      if (folds.Of(matches[i].pixel_px) != fold || !(errors[i] < gate_px)) continue;
      sum += errors[i] * errors[i];
      ++count;
    }
  }
  return count > 0 ? std::sqrt(sum / count) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace perilune::nav
