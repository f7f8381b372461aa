// The whole chain from files to a picture against a real photograph: ephemeris-free Sun, camera model, pose
// convention, curvature, ray hits, shading.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <opencv2/imgproc.hpp>

#include "datasets/formats/image_file.h"
#include "datasets/formats/map_terrain.h"
#include "datasets/formats/shot.h"
#include "tests/support/real_data.h"
#include "vision/render/render.h"

namespace perilune::datasets {
namespace {

/// Displacement of `image` against `rendered` in the middle of the frame, px, and how sharp the peak is.
cv::Point2d Displacement(const cv::Mat& image, const cv::Mat& rendered, double& response) {
  const cv::Rect middle(200, 200, 612, 612);
  cv::Mat a, b, window;
  rendered(middle).convertTo(a, CV_32F);
  image(middle).convertTo(b, CV_32F);
  cv::createHanningWindow(window, middle.size(), CV_32F);
  return cv::phaseCorrelate(a - cv::mean(a)[0], b - cv::mean(b)[0], window, &response);
}

// data/README: at the prior the DEM's picture is displaced by 10–15 px against the photograph. A mirrored,
// turned or wrongly lit picture would not correlate at all.
TEST(ShotRenderData, ApolloFramesLookLikeTheDemAtTheirPrior) {
  const std::filesystem::path root = test::RealData();
  if (!std::filesystem::exists(root / "apollo15_metric")) GTEST_SKIP() << "no real data at " << root;
  for (const char* name : {"AS15-M-0297.shot.json", "AS15-M-0298.shot.json"}) {
    const Shot shot = ReadShot(root / "apollo15_metric" / name);
    const dem::Site site = SiteAtBoresight(shot.prior->moon_from_cam);
    const Eigen::Isometry3d site_from_cam = site.moon_from_site.inverse() * shot.prior->moon_from_cam;
    const dem::Terrain terrain = TerrainFromMap(root / "dem/gld100_64ppd_apollo15_metric.tif", site,
                                                ExtentInView(shot.camera, site_from_cam, 5e3, 300e3));
    const vision::View view = vision::RenderView(terrain, shot.camera, site_from_cam, SunOfShot(shot, site));
    EXPECT_EQ(cv::countNonZero(view.radiance == view.radiance), 1012 * 1012) << "no pixel without ground";
    double response = 0;
    const cv::Point2d shift = Displacement(ReadGreyImage(shot.image), view.radiance, response);
    EXPECT_GT(cv::norm(shift), 8) << shift;
    EXPECT_LT(cv::norm(shift), 16) << shift;
    EXPECT_GT(response, 0.1);
    std::cout << name << ": displaced by " << shift << " px, response " << response << "\n";
  }
}

}  // namespace
}  // namespace perilune::datasets
