#include "datasets/formats/isd_camera.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>

namespace perilune::datasets {
namespace {

/// focal2pixel: pixel = constant + gradient · (X, Y) of the focal plane.
struct PixelAxis {
  double constant_px = 0;
  Eigen::Vector2d gradient_pxpmm = Eigen::Vector2d::Zero();
};

PixelAxis ReadAxis(const JsonObject& root, const std::string& key) {
  const std::vector<double> numbers = root.Numbers(key, 3);
  const PixelAxis axis{numbers[0], {numbers[1], numbers[2]}};
  if (!(axis.gradient_pxpmm.norm() > 0)) root.Refuse(key, "must depend on the focal plane's place");
  return axis;
}

double ReadSumming(const JsonObject& root, const std::string& key) {
  const double summing = root.NumberOr(key, 1);
  if (!(summing > 0)) root.Refuse(key, "must be positive");
  return summing;
}

/// Distance on the focal plane (mm) from the principal point to the farthest corner of the picture.
double FarthestCorner_mm(const vision::Camera& camera, double focal_length_mm) {
  double farthest_mm = 0;
  for (const double u_px : {-0.5, camera.width_px - 0.5}) {
    for (const double v_px : {-0.5, camera.height_px - 0.5}) {
      farthest_mm = std::max(farthest_mm, focal_length_mm * std::hypot((u_px - camera.cx_px) / camera.fx_px,
                                                                       (v_px - camera.cy_px) / camera.fy_px));
    }
  }
  return farthest_mm;
}

/// Replaces `undistorted = distorted (1 − k0 − k1 r² − k2 r⁴)` by Brown-Conrady's inverse: 1 / (1 − k0) goes
/// into the focal lengths, the rest is fitted by least squares in the distorted radius.
void AddRadialDistortion(const JsonObject& root, const std::vector<double>& k, double focal_length_mm,
                         vision::Camera& camera) {
  constexpr int kSamples = 200;
  constexpr double kTolerance_px = 0.05;
  constexpr char kKey[] = "optical_distortion.radial.coefficients";
  const double farthest_mm = FarthestCorner_mm(camera, focal_length_mm);
  if (!(k[0] < 1)) root.Refuse(kKey, "fold the picture: the first must be below 1");
  Eigen::Matrix<double, kSamples, 3> powers;
  Eigen::Matrix<double, kSamples, 1> excess;
  for (int i = 0; i < kSamples; ++i) {
    const double distorted_mm = farthest_mm * (i + 1) / kSamples, r2 = distorted_mm * distorted_mm;
    if (!(1 - k[0] - 3 * k[1] * r2 - 5 * k[2] * r2 * r2 > 0)) root.Refuse(kKey, "fold the picture");
    const double u = distorted_mm * (1 - k[0] - k[1] * r2 - k[2] * r2 * r2) / focal_length_mm;
    powers.row(i) << std::pow(u, 3), std::pow(u, 5), std::pow(u, 7);
    excess[i] = distorted_mm * (1 - k[0]) / focal_length_mm - u;
  }
  const Eigen::Vector3d terms = powers.colPivHouseholderQr().solve(excess);
  camera.fx_px /= 1 - k[0];
  camera.fy_px /= 1 - k[0];
  const double residual_px =
      (powers * terms - excess).cwiseAbs().maxCoeff() * std::max(camera.fx_px, camera.fy_px);
  if (!(residual_px < kTolerance_px)) {
    root.Refuse(kKey, "cannot be inverted to 0.05 px (" + std::to_string(residual_px) + " px remain)");
  }
  camera.distortion = {terms[0], terms[1], 0, 0, terms[2]};
}

void ReadDistortion(const JsonObject& root, double focal_length_mm, vision::Camera& camera) {
  const JsonObject distortion = root.Child("optical_distortion");
  for (const std::string& model : distortion.Keys()) {
    if (model != "radial") {
      root.Refuse("optical_distortion", "has the model '" + model + "': only 'radial' is supported");
    }
  }
  const std::vector<double> k = distortion.Child("radial").Numbers("coefficients", 3);
  if (std::any_of(k.begin(), k.end(), [](double value) { return value != 0; })) {
    AddRadialDistortion(root, k, focal_length_mm, camera);
  }
}

}  // namespace

IsdCamera ReadIsdCamera(const JsonObject& root) {
  const double focal_length_mm = root.Child("focal_length_model").Number("focal_length");
  if (!(focal_length_mm > 0)) root.Refuse("focal_length_model.focal_length", "must be positive");
  const PixelAxis samples = ReadAxis(root, "focal2pixel_samples");
  const PixelAxis lines = ReadAxis(root, "focal2pixel_lines");
  const Eigen::Vector2d right = samples.gradient_pxpmm.normalized(), down = lines.gradient_pxpmm.normalized();
  // A pixel at 10 000 px from the centre moves by 0.01 px.
  if (!(std::abs(right.dot(down)) < 1e-6)) {
    root.Refuse("focal2pixel_samples", "and focal2pixel_lines must be perpendicular");
  }
  const double sample_summing = ReadSumming(root, "detector_sample_summing");
  const double line_summing = ReadSumming(root, "detector_line_summing");
  const JsonObject centre = root.Child("detector_center");

  IsdCamera result;
  vision::Camera& camera = result.camera;
  camera.width_px = root.Size("image_samples");
  camera.height_px = root.Size("image_lines");
  camera.fx_px = focal_length_mm * samples.gradient_pxpmm.norm() / sample_summing;
  camera.fy_px = focal_length_mm * lines.gradient_pxpmm.norm() / line_summing;
  // The file's first pixel covers 0 … 1, ours −0.5 … 0.5.
  const double first_sample = root.NumberOr("starting_detector_sample", 0);
  const double first_line = root.NumberOr("starting_detector_line", 0);
  camera.cx_px = (centre.Number("sample") + samples.constant_px - first_sample) / sample_summing - 0.5;
  camera.cy_px = (centre.Number("line") + lines.constant_px - first_line) / line_summing - 0.5;
  ReadDistortion(root, focal_length_mm, camera);
  result.frame_from_cam.col(0) << right, 0;
  result.frame_from_cam.col(1) << down, 0;
  result.frame_from_cam.col(2) = result.frame_from_cam.col(0).cross(result.frame_from_cam.col(1));
  return result;
}

}  // namespace perilune::datasets
