#include "vision/matching/patch_refinement.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <vector>

#include "vision/matching/gaussian_blur.h"
#include "vision/matching/patch_planes.h"

namespace perilune::vision {
namespace {

using Matrix4 = Eigen::Matrix4d;  // of the linearised model: d/dx, d/dy, gain, offset
using Vector4 = Eigen::Vector4d;

bool FitsInside(const cv::Mat& image, const cv::Rect& patch, const Eigen::Vector2d& shift) {
  const double x = patch.x + shift.x(), y = patch.y + shift.y();
  return x >= 0 && y >= 0 && x + patch.width + 1 < image.cols && y + patch.height + 1 < image.rows;
}

// The image around a patch, as far as the refinement may go.
class ImageAround {
 public:
  ImageAround(const cv::Mat& image, const cv::Rect& patch, const Eigen::Vector2d& start_px,
              double max_shift_px)
      : patch_(patch), corner_(Corner(start_px, max_shift_px)), part_(image, Area(max_shift_px)) {}

  // Under the shifted patch, bilinear.
  PatchSample At(const Eigen::Vector2d& shift) const {
    const int x0 = static_cast<int>(std::floor(shift.x())), y0 = static_cast<int>(std::floor(shift.y()));
    const float p = static_cast<float>(shift.x() - x0), q = static_cast<float>(shift.y() - y0);
    return {
        part_.At(patch_.y + y0 - corner_.y, patch_.x + x0 - corner_.x), part_.stride(), 1 - p, p, 1 - q, q};
  }

  // The grey value in the middle of what is there.
  double Middle(const Eigen::Vector2d& shift) const {
    return *(At(shift).first + std::ptrdiff_t{patch_.height / 2} * part_.stride() + patch_.width / 2);
  }

 private:
  static int Margin(double max_shift_px) { return static_cast<int>(std::ceil(max_shift_px)) + 1; }
  cv::Point Corner(const Eigen::Vector2d& start_px, double max_shift_px) const {
    const int margin = Margin(max_shift_px);
    return {patch_.x + static_cast<int>(std::floor(start_px.x())) - margin,
            patch_.y + static_cast<int>(std::floor(start_px.y())) - margin};
  }
  cv::Rect Area(double max_shift_px) const {
    const int more = 2 * Margin(max_shift_px) + 2;
    return {corner_.x, corner_.y, patch_.width + more, patch_.height + more};
  }

  cv::Rect patch_;
  cv::Point corner_;
  PaddedPart part_;
};

struct Photometric {
  double gain = 1;
  double offset = 0;
  double correlation = 0;
  Vector4 score = Vector4::Zero();  // what is left of the sample after gain and offset, by the model
};

// Weighted regression of the sampled image on the template. Grey values are taken from about their mean:
// squares of small numbers keep their digits.
Photometric FitGain(const PatchPlanes& patch, const PatchSample& sample, double centre) {
  const PatchPlanes::Comparison c = patch.Compare(sample, centre);
  const Matrix4& normal = patch.normal();
  Photometric fit;
  const double mean = c.by_model(3) / normal(3, 3), covariance = c.by_model(2);
  const double variance = c.squares - mean * c.by_model(3);
  fit.gain = covariance / normal(2, 2);
  fit.offset = mean + centre;
  fit.correlation = covariance / std::sqrt(std::max(1e-30, normal(2, 2) * variance));
  fit.score = c.by_model - normal.col(2) * fit.gain - normal.col(3) * mean;
  return fit;
}

// Correlation length of the residual (sigma of a Gaussian correlation function) from its correlation at a few
// lags.
double CorrelationLength_px(const std::array<double, 7>& lags, const cv::Size& size) {
  const double variance = lags[0] / size.area();
  double sum = 0;
  int count = 0;
  for (const int lag : {1, 2, 3}) {
    const auto i = static_cast<std::size_t>(lag);
    const double rho =
        0.5 *
        (lags[i] / ((size.width - lag) * size.height) + lags[3 + i] / (size.width * (size.height - lag))) /
        variance;
    if (rho <= 0.05) break;
    sum += lag / std::sqrt(-2 * std::log(std::min(rho, 0.999)));
    ++count;
  }
  return count > 0 ? sum / count : 0.3;
}

// A Gaussian correlation function from its middle on, four sigmas far.
std::vector<float> Correlation(double length_px) {
  // A Gaussian filter sums to one; the correlation function's integral is 2π ℓ².
  const double area = std::max(1.0, 2 * M_PI * length_px * length_px), sigma_px = std::max(0.3, length_px);
  std::vector<float> half;
  for (const double weight : GaussianTaps(sigma_px))
    half.push_back(static_cast<float>(std::sqrt(area) * weight));
  return half;
}

// The sandwich N⁻¹ M N⁻¹, M = Σ_x Σ_y J(x)ᵀ C(x − y) J(y).
Matrix4 ParameterCovariance(const PatchPlanes& patch, const std::array<double, 7>& residual_lags,
                            const cv::Mat& weight) {
  const double length_px = CorrelationLength_px(residual_lags, weight.size());
  const double variance = residual_lags[0] / std::max(1.0, static_cast<double>(cv::countNonZero(weight)) - 4);
  const Matrix4 inverse = patch.normal().inverse();
  return variance * inverse * patch.Correlated(Correlation(length_px)) * inverse;
}

}  // namespace

void RefinementOptions::Validate() const {
  if (max_iterations < 1) throw std::invalid_argument("max_iterations must be at least 1");
  if (!(convergence_px > 0)) throw std::invalid_argument("convergence_px must be positive");
  if (!(max_shift_px > 0)) throw std::invalid_argument("max_shift_px must be positive");
}

RefinementResult RefinePatch(const cv::Mat& image, const cv::Mat& expected, const cv::Rect& patch,
                             const cv::Mat& weight, const Eigen::Vector2d& start_px,
                             const RefinementOptions& options) {
  RefinementResult result;
  result.shift_px = start_px;
  const PatchPlanes planes(expected, patch, weight, dem::ChosenSimdLevel());
  const Matrix4& normal = planes.normal();
  const Eigen::Matrix2d structure = normal.topLeftCorner<2, 2>();
  if (!(structure.determinant() > 1e-12 * structure.trace() * structure.trace()) || !(normal(2, 2) > 0)) {
    result.status = RefinementStatus::kNoTexture;
    return result;
  }
  if (!FitsInside(image, patch, start_px)) {
    result.status = RefinementStatus::kOutside;
    return result;
  }
  const Eigen::LDLT<Matrix4> solver(normal);
  const ImageAround around(image, patch, start_px, options.max_shift_px);

  bool converged = false;
  double mean = around.Middle(start_px);
  for (int i = 0; i < options.max_iterations && !converged; ++i) {
    const Photometric fit = FitGain(planes, around.At(result.shift_px), mean);
    mean = fit.offset;
    if (!(fit.gain > 0)) return result;  // negative contrast: not this place
    // image(x + d) ≈ image at d plus gain · gradient · step: the step that explains the residual is taken
    // back.
    const Eigen::Vector2d step = solver.solve(fit.score).head<2>() / fit.gain;
    result.shift_px -= step;
    if (!result.shift_px.allFinite() || (result.shift_px - start_px).norm() > options.max_shift_px)
      return result;
    if (!FitsInside(image, patch, result.shift_px)) {
      result.status = RefinementStatus::kOutside;
      return result;
    }
    converged = step.norm() < options.convergence_px;
  }
  if (!converged) return result;
  const PatchSample sample = around.At(result.shift_px);
  const Photometric fit = FitGain(planes, sample, mean);
  const Matrix4 sandwich =
      ParameterCovariance(planes, planes.ResidualLags(sample, fit.gain, fit.offset), weight);
  result.covariance_px2 = sandwich.topLeftCorner<2, 2>() / (fit.gain * fit.gain);
  result.score = fit.correlation;
  result.significance = fit.gain / std::sqrt(std::max(1e-30, sandwich(2, 2)));
  result.status = RefinementStatus::kConverged;
  return result;
}

}  // namespace perilune::vision
