#include "tools/perilune/render_geometry.h"

#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "datasets/formats/crater_list.h"
#include "datasets/formats/csv_table.h"
#include "dem/ephemeris/time_scales.h"
#include "dem/frames/moon.h"
#include "dem/io/picture_raster.h"
#include "dem/io/write_raster.h"
#include "vision/render/view_geometry.h"

namespace perilune::tools {
namespace {

struct Layer {
  dem::Grid<float> grid;
  std::string description, unit;
};

template <typename Value>
Layer LayerOf(const cv::Mat& like, const std::string& description, const std::string& unit, Value value) {
  Layer layer{dem::Grid<float>(like.cols, like.rows), description, unit};
  for (int row = 0; row < like.rows; ++row) {
    for (int col = 0; col < like.cols; ++col) {
      layer.grid.At(col, row) = static_cast<float>(value(row, col));
    }
  }
  return layer;
}

Layer Scaled(const cv::Mat& numbers, const std::string& description, const std::string& unit,
             double factor = 1) {
  return LayerOf(numbers, description, unit,
                 [&](int row, int col) { return factor * numbers.at<double>(row, col); });
}

void AddVector(const cv::Mat& vectors, const std::string& stem, const std::string& suffix,
               const std::string& unit, std::vector<Layer>& layers) {
  for (int axis = 0; axis < 3; ++axis) {
    layers.push_back(LayerOf(vectors, stem + "_" + "xyz"[axis] + suffix, unit,
                             [&](int row, int col) { return vectors.at<cv::Vec3d>(row, col)[axis]; }));
  }
}

Layer CraterLayer(const vision::ViewGeometry& geometry, const std::vector<dem::Crater>& craters) {
  const cv::Mat indices = vision::CraterIndices(geometry, craters);
  return LayerOf(indices, "crater_id", "", [&](int row, int col) {
    const int index = indices.at<int>(row, col);
    return index < 0 ? std::numeric_limits<float>::quiet_NaN()
                     : static_cast<float>(craters[static_cast<std::size_t>(index)].id);
  });
}

std::vector<Layer> LayersOf(const vision::ViewGeometry& geometry) {
  constexpr double kDegPerRad = 180 / dem::kPi;
  std::vector<Layer> layers;
  AddVector(geometry.point_in_site_m, "point", "_m", "m", layers);
  layers.push_back(Scaled(geometry.latitude_rad, "latitude_deg", "deg", kDegPerRad));
  layers.push_back(Scaled(geometry.longitude_rad, "longitude_deg", "deg", kDegPerRad));
  layers.push_back(Scaled(geometry.height_m, "height_m", "m"));
  AddVector(geometry.normal_in_site, "normal", "", "", layers);
  layers.push_back(Scaled(geometry.incidence_rad, "incidence_rad", "rad"));
  layers.push_back(Scaled(geometry.emission_rad, "emission_rad", "rad"));
  layers.push_back(Scaled(geometry.phase_rad, "phase_rad", "rad"));
  layers.push_back(LayerOf(geometry.lit_fraction, "lit_fraction", "",
                           [&](int row, int col) { return geometry.lit_fraction.at<float>(row, col); }));
  return layers;
}

/// Numbers that read back as they were, with blanks between.
template <typename Vector>
std::string Text(const Vector& numbers) {
  std::string text;
  for (const double number : numbers) text += (text.empty() ? "" : " ") + datasets::ShortestText(number);
  return text;
}

std::vector<std::pair<std::string, std::string>> MetadataOf(const RenderScene& scene) {
  const dem::LatLon& site = scene.terrain.site().origin;
  const Eigen::Isometry3d site_from_cam = scene.site_from_cam_at(scene.t_s);
  const Eigen::Matrix3d& rotation = site_from_cam.linear();
  std::vector<std::pair<std::string, std::string>> metadata = {
      {"SITE_LATITUDE_DEG", datasets::ShortestText(dem::RadToDeg(site.latitude_rad))},
      {"SITE_LONGITUDE_DEG", datasets::ShortestText(dem::RadToDeg(site.longitude_rad))},
      {"CAMERA_POSITION_IN_SITE_M", Text(Eigen::Vector3d(site_from_cam.translation()))},
      {"SITE_FROM_CAM_ROTATION_ROWS", Text(rotation.reshaped<Eigen::RowMajor>())},
      {"DIRECTION_TO_SUN_IN_SITE", Text(scene.sun.direction_to_sun_in_site)}};
  if (scene.t_ns) metadata.emplace_back("TIME_UTC", dem::FormatUtc(*scene.t_ns));
  return metadata;
}

}  // namespace

void WriteGeometry(const std::filesystem::path& path, const RenderRequest& request,
                   const RenderScene& scene) {
  if (scene.HasRollingShutter()) {
    throw std::invalid_argument(
        "render: the rows of a rolling shutter have poses of their own, no common geometry: "
        "--imaging motion.line_time_s=0");
  }
  std::vector<dem::Crater> craters;
  if (!request.craters.empty()) craters = datasets::ReadCraterList(request.craters);
  const vision::ViewGeometry geometry = vision::GeometryOf(scene.AtMidExposure(), scene.terrain);
  std::vector<Layer> layers = LayersOf(geometry);
  if (!request.craters.empty()) layers.push_back(CraterLayer(geometry, craters));
  std::vector<dem::Band<float>> bands;
  for (const Layer& layer : layers) bands.push_back({&layer.grid, layer.description, layer.unit});
  dem::WriteGeoTiff<float>(path, bands, dem::kPictureCrs, Eigen::Affine2d::Identity(),
                           std::numeric_limits<float>::quiet_NaN(), MetadataOf(scene));
}

}  // namespace perilune::tools
