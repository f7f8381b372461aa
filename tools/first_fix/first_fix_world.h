#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "dem/ephemeris/sun.h"
#include "dem/frames/pose.h"
#include "dem/terrain/terrain.h"
#include "nav/fix/map_declaration.h"
#include "vision/camera/camera.h"

namespace perilune::tools {

/// A place with a real DEM to make truth worlds from.
struct FirstFixRegion {
  std::string name;
  std::filesystem::path dem;  ///< below the data folder
  double latitude_deg = 0;
  double longitude_deg = 0;
  double half_width_m = 0;  ///< that the DEM has around it
};

/// Tuning is done on the first two, figures are reported on the others.
const std::vector<FirstFixRegion>& FirstFixRegions();
/// Throws std::invalid_argument for an unknown name.
const FirstFixRegion& FirstFixRegionNamed(const std::string& name);

/// A picture of the true ground, and what a navigator may know and what not.
struct FirstFixImage {
  cv::Mat pixels;  ///< CV_8U
  dem::Sun sun;
  Eigen::Isometry3d prior_site_from_cam = Eigen::Isometry3d::Identity();
  Eigen::Isometry3d true_site_from_cam = Eigen::Isometry3d::Identity();  ///< map-relative: with the map's tie
  double sun_elevation_rad = 0;
  double lit_share = 0;  ///< of the footprint, in truth
};

/// The map of a region as flown over at one height, and pictures of the truth that it was degraded from.
struct FirstFixWorld {
  std::string region;
  double height_m = 0;
  vision::Camera camera;
  dem::Terrain map;
  nav::MapDeclaration declaration;
  std::vector<FirstFixImage> images;
};

/// 1 sigma of a first prior: 5 km, 1 km and 2 degrees are three of them.
inline constexpr double kFirstHorizontalSigma_m = 5000.0 / 3, kFirstVerticalSigma_m = 1000.0 / 3,
                        kFirstAttitudeSigma_rad = 2 * dem::kPi / 180 / 3;
dem::Matrix6d FirstPriorCovariance();

/// The truth is the DEM with synthetic detail below its effective resolution of 2 km, four times finer than
/// the map, under Hapke's law with an albedo texture; the map is degraded from it as datasets/simulation
/// does. The map's pixel is 1/250 of the height. `count` pictures (1024 px, 60°, PSF, noise, 8 bit) under
/// Suns of 1.5–80° (uniform in the logarithm) from any azimuth, uniformly up to `most_off_nadir_rad`, rolled
/// at will; priors are off by normal errors of the sigmas above. `scratch` holds the map's file for a moment.
FirstFixWorld MakeFirstFixWorld(const FirstFixRegion& region, double height_m, double most_off_nadir_rad,
                                int count, std::uint64_t seed, const std::filesystem::path& scratch);

}  // namespace perilune::tools
