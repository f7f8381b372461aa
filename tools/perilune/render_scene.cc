#include "tools/perilune/render_scene.h"

namespace perilune::tools {

vision::View RenderScene::Exposed() const {
  return vision::RenderMoving(terrain, camera, site_from_cam_at, t_s, sun, options, motion);
}

vision::View RenderScene::AtMidExposure() const {
  return vision::RenderView(terrain, camera, site_from_cam_at(t_s), sun, options);
}

cv::Mat RenderScene::Picture(const vision::View& view) const {
  vision::ImagingScene scene;
  scene.camera = camera;
  const Eigen::Vector3d& position = view.site_from_cam.translation();
  if (const auto ground_m = terrain.HeightAt(position.x(), position.y())) {
    scene.height_m = position.z() - *ground_m;
  }
  scene.direction_to_sun_in_cam = view.site_from_cam.linear().transpose() * sun.direction_to_sun_in_site;
  return vision::ExposeImage(view.radiance, imaging, seed, stream, scene);
}

}  // namespace perilune::tools
