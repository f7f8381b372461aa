#pragma once

#include <cstdint>
#include <optional>

#include "dem/terrain/terrain.h"
#include "tools/perilune/render_request.h"
#include "vision/imaging/exposure.h"
#include "vision/imaging/motion.h"
#include "vision/render/render.h"

namespace perilune::tools {

/// Ground, camera, Sun and all that makes them a picture.
struct RenderScene {
  dem::Terrain terrain;
  vision::Camera camera;
  vision::PoseAtTime site_from_cam_at;
  double t_s = 0;  ///< of mid-exposure, for site_from_cam_at
  dem::Sun sun;
  std::optional<std::int64_t> t_ns;  ///< TAI; none where only the Sun's angles are given
  vision::RenderOptions options;
  vision::MotionOptions motion;
  vision::ImagingOptions imaging;
  std::uint64_t seed = 1, stream = 0;  ///< of the noise

  /// Rows that belong to several poses have no common geometry.
  bool HasRollingShutter() const { return motion.line_time_s != 0; }
  /// What the camera sees through its exposure, and at its middle.
  vision::View Exposed() const;
  vision::View AtMidExposure() const;
  /// The picture of a view that was `Exposed`.
  cv::Mat Picture(const vision::View& view) const;
};

/// The truth of a scenario as its simulator sees it: the same ground, Sun, pose, imaging and, at the time of
/// an image, the same noise. (With anti-aliasing the simulator looks shadows up in Sun maps: few pixels
/// differ.) Throws dem::DataError, std::invalid_argument.
RenderScene SceneOfScenario(const RenderRequest& request);

/// DEMs seen by the camera of a shot, an ISD, or one put over a place. Throws dem::DataError,
/// std::invalid_argument.
RenderScene SceneOfMaps(const RenderRequest& request);

}  // namespace perilune::tools
