#include "vision/matching/patch_refinement.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>

namespace perilune::vision {
namespace {

// Rows of the linearised model: d/dx, d/dy, gain, offset.
using Matrix4 = Eigen::Matrix4d;
using Vector4 = Eigen::Vector4d;

struct PatchTemplate {
  cv::Mat value, dx, dy;  // CV_32F, the patch's size; value less its weighted mean
  cv::Mat weight;
  cv::Mat weighted_value;  // weight · value
  double weight_sum = 0;
  Matrix4 normal = Matrix4::Zero();
};

PatchTemplate MakeTemplate(const cv::Mat& expected, const cv::Rect& patch, const cv::Mat& weight) {
  PatchTemplate t;
  t.weight = weight;
  t.weight_sum = cv::sum(weight)[0];
  const cv::Mat value = expected(patch);
  const cv::Rect wide = patch + cv::Size(2, 2) - cv::Point(1, 1);
  const cv::Rect inside = wide & cv::Rect(0, 0, expected.cols, expected.rows);
  cv::Mat padded;
  cv::copyMakeBorder(expected(inside), padded, inside.y - wide.y, wide.br().y - inside.br().y,
                     inside.x - wide.x, wide.br().x - inside.br().x, cv::BORDER_REPLICATE);
  const cv::Rect centre(1, 1, patch.width, patch.height);
  t.dx = (padded(centre + cv::Point(1, 0)) - padded(centre - cv::Point(1, 0))) * 0.5;
  t.dy = (padded(centre + cv::Point(0, 1)) - padded(centre - cv::Point(0, 1))) * 0.5;
  t.value = value - weight.dot(value) / std::max(t.weight_sum, 1e-9);
  t.weighted_value = t.value.mul(weight);
  for (int row = 0; row < patch.height; ++row) {
    const float* v = t.value.ptr<float>(row);
    const float* w = weight.ptr<float>(row);
    const float* gx = t.dx.ptr<float>(row);
    const float* gy = t.dy.ptr<float>(row);
    for (int col = 0; col < patch.width; ++col) {
      const Vector4 j(gx[col], gy[col], v[col], 1);
      t.normal.noalias() += w[col] * j * j.transpose();
    }
  }
  return t;
}

// The image under the shifted patch, bilinear.
cv::Mat Sample(const cv::Mat& image, const cv::Rect& patch, const Eigen::Vector2d& shift) {
  const int x0 = static_cast<int>(std::floor(shift.x())), y0 = static_cast<int>(std::floor(shift.y()));
  const float p = static_cast<float>(shift.x() - x0), q = static_cast<float>(shift.y() - y0);
  cv::Mat out(patch.size(), CV_32F);
  for (int row = 0; row < patch.height; ++row) {
    const float* top = image.ptr<float>(patch.y + y0 + row) + patch.x + x0;
    const float* bottom = image.ptr<float>(patch.y + y0 + row + 1) + patch.x + x0;
    float* target = out.ptr<float>(row);
    for (int col = 0; col < patch.width; ++col) {
      target[col] = (1 - q) * ((1 - p) * top[col] + p * top[col + 1]) +
                    q * ((1 - p) * bottom[col] + p * bottom[col + 1]);
    }
  }
  return out;
}

bool FitsInside(const cv::Mat& image, const cv::Rect& patch, const Eigen::Vector2d& shift) {
  const double x = patch.x + shift.x(), y = patch.y + shift.y();
  return x >= 0 && y >= 0 && x + patch.width + 1 < image.cols && y + patch.height + 1 < image.rows;
}

struct Photometric {
  double gain = 1;
  double offset = 0;
  double correlation = 0;
};

// Weighted regression of the sampled image on the template.
Photometric FitGain(const cv::Mat& sample, const PatchTemplate& t) {
  const double mean = t.weight.dot(sample) / t.weight_sum;
  const double covariance = t.weighted_value.dot(sample);
  const cv::Mat centred = sample - mean;
  const double variance = t.weight.dot(centred.mul(centred));
  return {covariance / t.normal(2, 2), mean,
          covariance / std::sqrt(std::max(1e-30, t.normal(2, 2) * variance))};
}

cv::Mat Residual(const cv::Mat& sample, const PatchTemplate& t, const Photometric& fit) {
  return sample - fit.gain * t.value - fit.offset;
}

// Correlation length of the residual (sigma of a Gaussian correlation function) from its correlation at a few
// lags.
double CorrelationLength_px(const cv::Mat& residual) {
  const double variance = residual.dot(residual) / static_cast<double>(residual.total());
  double sum = 0;
  int count = 0;
  for (const int lag : {1, 2, 3}) {
    const cv::Mat left = residual(cv::Rect(0, 0, residual.cols - lag, residual.rows));
    const cv::Mat right = residual(cv::Rect(lag, 0, residual.cols - lag, residual.rows));
    const cv::Mat top = residual(cv::Rect(0, 0, residual.cols, residual.rows - lag));
    const cv::Mat bottom = residual(cv::Rect(0, lag, residual.cols, residual.rows - lag));
    const double rho = 0.5 *
                       (left.dot(right) / static_cast<double>(left.total()) +
                        top.dot(bottom) / static_cast<double>(top.total())) /
                       variance;
    if (rho <= 0.05) break;
    sum += lag / std::sqrt(-2 * std::log(std::min(rho, 0.999)));
    ++count;
  }
  return count > 0 ? sum / count : 0.3;
}

// Σ_x Σ_y f(x) ρ(x − y) f(y)ᵀ with a Gaussian ρ of `length_px`.
Matrix4 CorrelatedSum(const std::array<cv::Mat, 4>& f, double length_px) {
  std::array<cv::Mat, 4> blurred;
  // A Gaussian filter sums to one; the correlation function's integral is 2π ℓ².
  const double area = std::max(1.0, 2 * M_PI * length_px * length_px);
  for (std::size_t i = 0; i < 4; ++i)
    cv::GaussianBlur(f[i], blurred[i], cv::Size(0, 0), std::max(0.3, length_px), 0, cv::BORDER_CONSTANT);
  Matrix4 m;
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b)
      m(static_cast<int>(a), static_cast<int>(b)) = area * f[a].dot(blurred[b]);
  }
  return 0.5 * (m + m.transpose());
}

// The larger of two sandwiches N⁻¹ M N⁻¹, M = Σ_x Σ_y J(x)ᵀ C(x, y) J(y): residuals of one variance
// everywhere, and residuals as they are (which says too little of a small patch, whose residuals the fit has
// made small).
Matrix4 ParameterCovariance(const PatchTemplate& t, const cv::Mat& residual) {
  constexpr double kKernel = 1.5;  // of the residuals' correlation length
  cv::Mat root;
  cv::sqrt(t.weight, root);
  const cv::Mat e = root.mul(residual);  // of equal variance, but for what counts nothing
  const double length_px = CorrelationLength_px(e);
  const double variance = e.dot(e) / std::max(1.0, static_cast<double>(cv::countNonZero(t.weight)) - 4);
  const cv::Mat f = root.mul(e);
  const Matrix4 even =
      variance * CorrelatedSum({t.dx.mul(root), t.dy.mul(root), t.value.mul(root), root}, length_px);
  const Matrix4 uneven =
      CorrelatedSum({t.dx.mul(f), t.dy.mul(f), t.value.mul(f), f}, std::max(1.0, kKernel * length_px));
  const Matrix4 inverse = t.normal.inverse();
  const Matrix4 by_even = inverse * even * inverse, by_uneven = inverse * uneven * inverse;
  const auto size = [](const Matrix4& m) { return m.topLeftCorner<2, 2>().trace(); };
  return size(by_even) > size(by_uneven) ? by_even : by_uneven;
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
  const PatchTemplate t = MakeTemplate(expected, patch, weight);
  const Eigen::Matrix2d structure = t.normal.topLeftCorner<2, 2>();
  if (!(structure.determinant() > 1e-12 * structure.trace() * structure.trace()) || !(t.normal(2, 2) > 0)) {
    result.status = RefinementStatus::kNoTexture;
    return result;
  }
  const Eigen::LDLT<Matrix4> solver(t.normal);

  bool converged = false;
  for (int i = 0; i < options.max_iterations && !converged; ++i) {
    if (!FitsInside(image, patch, result.shift_px)) {
      result.status = RefinementStatus::kOutside;
      return result;
    }
    const cv::Mat sample = Sample(image, patch, result.shift_px);
    const Photometric fit = FitGain(sample, t);
    if (!(fit.gain > 0)) return result;  // negative contrast: not this place
    const cv::Mat e = t.weight.mul(Residual(sample, t, fit));
    const Vector4 score(t.dx.dot(e), t.dy.dot(e), t.value.dot(e), cv::sum(e)[0]);
    // image(x + d) ≈ image at d plus gain · gradient · step: the step that explains the residual is taken
    // back.
    const Eigen::Vector2d step = solver.solve(score).head<2>() / fit.gain;
    result.shift_px -= step;
    if (!result.shift_px.allFinite() || (result.shift_px - start_px).norm() > options.max_shift_px)
      return result;
    converged = step.norm() < options.convergence_px;
  }
  if (!converged) return result;
  if (!FitsInside(image, patch, result.shift_px)) {
    result.status = RefinementStatus::kOutside;
    return result;
  }
  const cv::Mat sample = Sample(image, patch, result.shift_px);
  const Photometric fit = FitGain(sample, t);
  const Matrix4 sandwich = ParameterCovariance(t, Residual(sample, t, fit));
  result.covariance_px2 = sandwich.topLeftCorner<2, 2>() / (fit.gain * fit.gain);
  result.score = fit.correlation;
  result.significance = fit.gain / std::sqrt(std::max(1e-30, sandwich(2, 2)));
  result.status = RefinementStatus::kConverged;
  return result;
}

}  // namespace perilune::vision
