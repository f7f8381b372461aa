#include "vision/tracking/two_view.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace perilune::vision {
namespace {

using Matrix23 = Eigen::Matrix<double, 2, 3>;
using Matrix26 = Eigen::Matrix<double, 2, 6>;
using Matrix9d = Eigen::Matrix<double, 9, 9>;
using Vector9d = Eigen::Matrix<double, 9, 1>;

constexpr int kRangeSteps = 4;
constexpr double kUnknown = std::numeric_limits<double>::infinity();

/// Whitened residual (observed − predicted) and its derivatives at a pose and an inverse range.
struct Linearised {
  Eigen::Vector2d residual;
  Matrix26 by_pose;
  Eigen::Vector2d by_inverse_range;
};

std::optional<Linearised> LinearisePair(const TwoViewTrack& track, const Camera& camera,
                                        const Eigen::Isometry3d& pose, double inverse_range) {
  const Eigen::Matrix3d cam1_from_cam0 = pose.linear().transpose();
  // The point times its inverse range: the same pixel, and finite for points infinitely far away.
  const Eigen::Vector3d x = cam1_from_cam0 * (track.ray0_in_cam0 - inverse_range * pose.translation());
  const auto pixel = camera.Project(x);
  if (!pixel) return std::nullopt;
  const Matrix23 by_x = track.whitening * camera.ProjectJacobian(x);
  Linearised l;
  l.residual = track.whitening * (track.pixel1_px - *pixel);
  l.by_pose.leftCols<3>() = by_x * dem::Skew(x);
  l.by_pose.rightCols<3>() = -inverse_range * by_x * cam1_from_cam0;
  l.by_inverse_range = -by_x * cam1_from_cam0 * pose.translation();
  return l;
}

double WeightOf(double sigma) { return 1 / (sigma * sigma); }  // 0 for an infinite one

/// What is solved for; the ranges' own part is eliminated.
struct TwoViewState {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  Eigen::Vector3d plane = Eigen::Vector3d::Zero();
};

bool IsDirection(TranslationFreedom freedom) {
  return freedom == TranslationFreedom::kDirection || freedom == TranslationFreedom::kDirectionOverGround;
}

/// Columns of [δθ; δp; δplane] that are free.
Eigen::MatrixXd FreeOfNine(const Eigen::Isometry3d& pose, TranslationFreedom freedom) {
  const Eigen::MatrixXd of_pose = FreeColumns(pose, freedom);
  const Eigen::Index plane = freedom == TranslationFreedom::kDirectionOverGround ? 3 : 0;
  Eigen::MatrixXd columns = Eigen::MatrixXd::Zero(9, of_pose.cols() + plane);
  columns.topLeftCorner(6, of_pose.cols()) = of_pose;
  columns.bottomRightCorner(plane, plane).setIdentity();
  return columns;
}

struct Normal {
  Matrix9d matrix = Matrix9d::Zero();
  Vector9d right = Vector9d::Zero();
  double chi2 = 0;
  double cost = 0;  ///< with the loss and the prior: what must fall
};

/// `known` is the inverse range's mean and sigma beforehand.
void AddTrack(const TwoViewTrack& known, const Linearised& l, double inverse_range,
              const TwoViewOptions& options, Normal& normal) {
  const bool far_away = options.freedom == TranslationFreedom::kNone;
  const double range_weight = far_away ? 0 : WeightOf(known.inverse_range_sigma);
  const double off = known.inverse_range - inverse_range;
  const double sigmas = l.residual.norm(), huber = options.huber_sigma;
  const double weight = sigmas > huber ? huber / sigmas : 1;
  const double range_chi2 = range_weight > 0 ? range_weight * off * off : 0;
  normal.chi2 += sigmas * sigmas + range_chi2;
  normal.cost += range_chi2 + (sigmas > huber ? huber * (2 * sigmas - huber) : sigmas * sigmas);
  Eigen::Matrix<double, 2, 9> by_state;
  by_state << l.by_pose, l.by_inverse_range * known.ray0_in_cam0.transpose();
  normal.matrix.noalias() += weight * by_state.transpose() * by_state;
  normal.right.noalias() += weight * by_state.transpose() * l.residual;
  const double curvature = weight * l.by_inverse_range.squaredNorm() + range_weight;
  if (far_away || !(curvature > 0)) return;
  const Vector9d mixed = weight * by_state.transpose() * l.by_inverse_range;
  const double right =
      weight * l.by_inverse_range.dot(l.residual) + (range_weight > 0 ? range_weight * off : 0);
  normal.matrix.noalias() -= mixed * mixed.transpose() / curvature;
  normal.right.noalias() -= mixed * (right / curvature);
}

void AddPrior(const RotationPrior& prior, const Eigen::Isometry3d& pose, Normal& normal) {
  const Eigen::Matrix3d information = prior.covariance_rad2.inverse();
  const Eigen::Vector3d off =
      dem::LogSo3(prior.cam0_from_cam1.conjugate() * Eigen::Quaterniond(pose.linear()));
  normal.matrix.topLeftCorner<3, 3>() += information;
  normal.right.head<3>() -= information * off;
  normal.cost += off.dot(information * off);
}

TwoViewState Moved(const TwoViewState& state, const Vector9d& delta, TranslationFreedom freedom) {
  TwoViewState moved = state;
  moved.pose = dem::Perturb(state.pose, delta.head<6>());
  if (IsDirection(freedom)) moved.pose.translation().normalize();
  moved.plane += delta.tail<3>();
  return moved;
}

/// The track with what is known of its inverse range at a state.
TwoViewTrack KnownAt(TwoViewTrack track, const TwoViewState& state, double plane_sigma,
                     TranslationFreedom freedom) {
  if (freedom == TranslationFreedom::kDirection) track.inverse_range_sigma = kUnknown;
  if (freedom != TranslationFreedom::kDirectionOverGround) return track;
  track.inverse_range = state.plane.dot(track.ray0_in_cam0);
  track.inverse_range_sigma = plane_sigma;
  return track;
}

std::optional<Normal> NormalAt(const std::vector<TwoViewTrack>& tracks, const std::vector<int>& use,
                               const Camera& camera, const TwoViewState& state, double plane_sigma,
                               const std::optional<RotationPrior>& prior, const TwoViewOptions& options) {
  Normal normal;
  for (const int i : use) {
    const TwoViewTrack known = KnownAt(tracks[i], state, plane_sigma, options.freedom);
    const double inverse_range =
        options.freedom == TranslationFreedom::kNone ? 0 : BestInverseRange(known, camera, state.pose);
    const auto l = LinearisePair(known, camera, state.pose, inverse_range);
    if (!l) return std::nullopt;
    AddTrack(known, *l, inverse_range, options, normal);
  }
  if (prior) AddPrior(*prior, state.pose, normal);
  return normal;
}

/// Of the pose, the plane eliminated.
dem::Matrix6d PoseInformation(const Matrix9d& matrix, TranslationFreedom freedom) {
  dem::Matrix6d information = matrix.topLeftCorner<6, 6>();
  if (freedom == TranslationFreedom::kDirectionOverGround) {
    const Eigen::Matrix<double, 3, 6> mixed = matrix.bottomLeftCorner<3, 6>();
    information -= mixed.transpose() * matrix.bottomRightCorner<3, 3>().ldlt().solve(mixed);
  }
  return information;
}

}  // namespace

void RotationPrior::Validate() const {
  if (!cam0_from_cam1.coeffs().allFinite() || std::abs(cam0_from_cam1.norm() - 1) > 1e-6)
    throw std::invalid_argument("rotation prior: cam0_from_cam1 must be a unit quaternion");
  if (!covariance_rad2.allFinite() || Eigen::LLT<Eigen::Matrix3d>(covariance_rad2).info() != Eigen::Success) {
    throw std::invalid_argument("rotation prior: covariance_rad2 must be positive definite");
  }
}

Eigen::Matrix<double, 3, 2> TangentBasis(const Eigen::Vector3d& direction) {
  Eigen::Matrix<double, 3, 2> basis;
  basis.col(0) = direction.unitOrthogonal();
  basis.col(1) = direction.normalized().cross(basis.col(0));
  return basis;
}

Eigen::MatrixXd FreeColumns(const Eigen::Isometry3d& pose, TranslationFreedom freedom) {
  if (freedom == TranslationFreedom::kMetres) return dem::Matrix6d::Identity();
  const int count = freedom == TranslationFreedom::kNone ? 3 : 5;
  Eigen::MatrixXd columns = Eigen::MatrixXd::Zero(6, count);
  columns.topLeftCorner<3, 3>().setIdentity();
  if (count == 5) columns.bottomRightCorner<3, 2>() = TangentBasis(pose.translation());
  return columns;
}

double EpipolarDistance_px(const TwoViewTrack& track, const Camera& camera,
                           const Eigen::Isometry3d& cam0_from_cam1) {
  const Eigen::Vector3d seen = cam0_from_cam1.linear() * track.ray1_in_cam1;
  const Eigen::Vector3d& far = track.ray0_in_cam0;
  const Eigen::Vector3d normal = far.cross(cam0_from_cam1.translation());
  const Eigen::Vector3d parallax = far.cross(seen);
  // Points move from `far` towards −translation; one that moves the other way would lie behind the camera.
  const bool behind = parallax.dot(normal) > 0;
  const double length = normal.norm();
  const double sine = behind || !(length > 0) ? parallax.norm() : std::abs(normal.dot(seen)) / length;
  return sine * camera.FocalLength_px();
}

std::optional<double> InverseRange(const TwoViewTrack& track, const Eigen::Isometry3d& cam0_from_cam1) {
  const Eigen::Vector3d seen = cam0_from_cam1.linear() * track.ray1_in_cam1;
  const Eigen::Vector3d across = cam0_from_cam1.translation().cross(seen);
  const double squared = across.squaredNorm();
  if (!(squared > 1e-12 * cam0_from_cam1.translation().squaredNorm())) return std::nullopt;
  return track.ray0_in_cam0.cross(seen).dot(across) / squared;
}

double BestInverseRange(const TwoViewTrack& track, const Camera& camera,
                        const Eigen::Isometry3d& cam0_from_cam1) {
  const double weight = WeightOf(track.inverse_range_sigma);
  double inverse_range = track.inverse_range;
  if (!(weight > 0)) inverse_range = InverseRange(track, cam0_from_cam1).value_or(track.inverse_range);
  for (int step = 0; step < kRangeSteps; ++step) {
    const auto l = LinearisePair(track, camera, cam0_from_cam1, inverse_range);
    if (!l) return track.inverse_range;
    const double curvature = l->by_inverse_range.squaredNorm() + weight;
    if (!(curvature > 0)) return inverse_range;
    const double right =
        l->by_inverse_range.dot(l->residual) + weight * (track.inverse_range - inverse_range);
    const double change = right / curvature;
    inverse_range += change;
    if (std::abs(change) < 1e-9 * std::abs(inverse_range)) break;
  }
  return inverse_range;
}

std::optional<TrackResidual> WhitenedResidual(const TwoViewTrack& track, const Camera& camera,
                                              const Eigen::Isometry3d& cam0_from_cam1, double inverse_range) {
  const auto l = LinearisePair(track, camera, cam0_from_cam1, inverse_range);
  if (!l) return std::nullopt;
  TrackResidual result;
  result.by_inverse_range = l->by_inverse_range.norm();
  result.norm = l->residual.norm();
  if (result.by_inverse_range > 0)
    result.along = l->by_inverse_range.dot(l->residual) / result.by_inverse_range;
  result.across = std::sqrt(std::max(0.0, result.norm * result.norm - result.along * result.along));
  return result;
}

TwoViewFit FitTwoViews(const std::vector<TwoViewTrack>& tracks, const std::vector<int>& use,
                       const Camera& camera, const Eigen::Isometry3d& start, const GroundPlane& plane,
                       const std::optional<RotationPrior>& prior, const TwoViewOptions& options) {
  TwoViewState state{start, plane.normal_in_cam0};
  if (options.freedom == TranslationFreedom::kNone) state.pose.translation().setZero();
  if (IsDirection(options.freedom)) state.pose.translation().normalize();
  TwoViewFit fit;
  auto normal = NormalAt(tracks, use, camera, state, plane.sigma, prior, options);
  if (!normal) return fit;
  double damping = 1e-6;
  for (int step = 0; step < options.max_iterations; ++step) {
    const Eigen::MatrixXd columns = FreeOfNine(state.pose, options.freedom);
    Eigen::MatrixXd reduced = columns.transpose() * normal->matrix * columns;
    reduced.diagonal() *= 1 + damping;
    const Eigen::VectorXd solution = reduced.ldlt().solve(columns.transpose() * normal->right);
    if (!solution.allFinite()) return fit;
    const TwoViewState moved = Moved(state, columns * solution, options.freedom);
    const auto next = NormalAt(tracks, use, camera, moved, plane.sigma, prior, options);
    if (!next || !(next->cost <= normal->cost * (1 + 1e-12) + 1e-12)) {
      damping = std::max(1e-4, damping * 10);
      if (damping > 1e8) break;
      continue;
    }
    const double gain = normal->cost - next->cost;
    state = moved;
    normal = next;
    damping = std::max(1e-9, damping * 0.1);
    if (gain < 1e-9 * normal->cost + 1e-12) break;
  }
  fit.cam0_from_cam1 = state.pose;
  fit.plane_normal_in_cam0 = state.plane;
  fit.information = PoseInformation(normal->matrix, options.freedom);
  fit.chi2 = normal->chi2;
  fit.usable = fit.information.allFinite();
  return fit;
}

}  // namespace perilune::vision
