#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/sequence.h"
#include "datasets/formats/yaml_map.h"
#include "datasets/scenarios/locate.h"
#include "datasets/scenarios/rendering_yaml.h"
#include "datasets/simulation/faults.h"
#include "datasets/simulation/trajectory.h"
#include "dem/frames/site.h"
#include "dem/terrain/resample.h"
#include "vision/camera/camera.h"
#include "vision/imaging/exposure.h"
#include "vision/imaging/motion.h"
#include "vision/render/reflectance.h"

namespace perilune::datasets {

/// One level of the true ground: a regular grid over a rectangle of the site plane.
struct GroundLevel {
  double spacing_m = 0;
  dem::SiteExtent extent;
};

enum class GroundKind { kUpland, kMare };

/// The true ground.
struct GroundOptions {
  GroundKind kind =
      GroundKind::kUpland;       ///< law of the synthetic part: RMS slope over 25 m of 9 or 4 degrees
  std::string site_type;         ///< dem::SiteTypeNamed; takes the place of `kind` where it is not empty
  std::filesystem::path base;    ///< a real DEM below the data folder; empty: the embedded synthetic ground
  double base_resolution_m = 0;  ///< what that DEM resolves; synthetic detail fills in below it
  bool base_optional = false;    ///< without the DEM the embedded synthetic ground takes its place
  vision::Reflectance reflectance = vision::Reflectance::kHapke;  ///< law of the true ground
  double albedo = 0.12;                                           ///< mean normal albedo
  double albedo_sigma = 0.07;       ///< 1 sigma of its texture, as a share of the mean
  std::vector<GroundLevel> levels;  ///< finest first, each inside the next

  /// Whether the real DEM is asked for and, where it is optional, there.
  bool UsesBase() const;
};

enum class MapProjection { kOrthographic, kEquirectangular };

struct MapLevel {
  std::string name;  ///< of the file, without .tif
  double spacing_m = 0;
  dem::SiteExtent extent;
  MapProjection projection = MapProjection::kOrthographic;
};

/// How the map differs from the ground; lengths in pixels of each map level.
struct MapOptions {
  std::vector<MapLevel> levels;  ///< finest first, each inside the next
  double blur_px = 2.5;          ///< full width at half maximum of the low pass
  double height_sigma_px = 0.1;  ///< 1 sigma of the height error
  double height_correlation_px = 10;
  double tie_horizontal_px = 1.5;  ///< 1 sigma of the tie error, each axis
  double tie_vertical_px = 0.5;
  /// Name of a level whose relief gives the navigator a catalogue of craters; empty: it gets none.
  std::string craters_of;
};

struct CameraOptions {
  int size_px = 1024;
  double field_of_view_rad = dem::DegToRad(60);
  double rate_hz = 1;
  double exposure_s = 0.001;
  Eigen::Vector3d position_in_body_m = Eigen::Vector3d::Zero();
  std::string model = vision::kBrownConrady;           ///< as vision::Camera has it
  std::array<double, 5> distortion = {0, 0, 0, 0, 0};  ///< likewise
  vision::ImagingOptions imaging;
  /// Motion blur and rolling shutter; without it, images of an instant.
  std::optional<vision::MotionOptions> motion;

  /// The lens: its undistorted image spans the field of view. Throws std::invalid_argument.
  vision::Camera Camera() const;
};

struct ImuOptions {
  ImuModel model;
  Eigen::Vector3d position_in_body_m = Eigen::Vector3d::Zero();
};

struct AltimeterOptions {
  double rate_hz = 5;
  double sigma_m = 1;          ///< 1 sigma, the larger of this …
  double sigma_share = 0.001;  ///< … and this share of the range
  double bias_sigma_m = 0;
  double max_range_m = 8000;  ///< beyond it a sample is not valid
  Eigen::Vector3d position_in_body_m = Eigen::Vector3d::Zero();
};

struct StarTrackerOptions {
  double rate_hz = 1;
  double sigma_rad = dem::DegToRad(0.01);  ///< each axis
};

/// 1 sigma of what the navigator is told at the start.
struct PriorOptions {
  bool known = true;  ///< false: it is told nothing, and begins by the craters of its map
  double horizontal_sigma_m = 1000;
  double vertical_sigma_m = 300;
  double velocity_sigma_mps = 2;
  double attitude_sigma_rad = dem::DegToRad(0.1);
};

/// A descent to simulate. Camera and altimeter look along body −z (image up = body +x), the IMU's axes are
/// the body's, the star tracker looks along body +y.
struct Scenario {
  std::string name;
  std::uint64_t seed = 1;
  std::string epoch_utc;  ///< start of the descent
  dem::Site site;
  LanderLimits lander;
  DescentOptions trajectory;
  GroundOptions ground;
  MapOptions map;
  CameraOptions camera;
  RenderingOptions rendering;
  ImuOptions imu;
  AltimeterOptions altimeter;
  StarTrackerOptions star_tracker;
  PriorOptions prior;
  std::vector<Fault> faults;  ///< of sensors and map, in the order in which they are applied

  /// Throws std::invalid_argument naming field and value: a ground less than 4 × finer than the map, levels
  /// that are not nested, bad sizes.
  void Validate() const;

  /// How the camera's images of the true ground are drawn: its law, what `rendering` says, the Earth where it
  /// stands at the epoch. Throws std::invalid_argument for an epoch that is no time.
  vision::RenderOptions TruthRendering() const;
};

/// Reads a scenario, or the case of it that is named: its dotted keys replace values of the file
/// (`altimeter.max_range_m`), `overrides` replace what results. Throws dem::DataError with file, line and
/// key.
Scenario ReadScenario(const ScenarioSource& source, const YamlOverrides& overrides = {});
Scenario ReadScenario(const std::filesystem::path& path, const YamlOverrides& overrides = {});

}  // namespace perilune::datasets
