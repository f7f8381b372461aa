#include "vision/matching/joint_search.h"

#include <tbb/parallel_for.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "dem/linear/symmetric_solve.h"
#include "vision/matching/patch_scores.h"
#include "vision/matching/prepared_pair.h"
#include "vision/pose/reprojection.h"

namespace perilune::vision {
namespace {

// A patch's scores, and how a move of the camera by a step along each of its axes moves it.
struct Voter {
  cv::Rect area;
  PatchScores found;
  double range_m = 0;
  Eigen::Matrix<double, 2, 3> by_axis;  // px per m along the camera's axes, then per step
};

std::vector<Voter> FindVoters(const PreparedPair& pair, const View& view, const MatchOptions& options) {
  const std::vector<Patch> patches = CoveredPatches(pair, options);
  std::vector<std::optional<Voter>> found(patches.size());
  tbb::parallel_for(std::size_t{0}, patches.size(), [&](std::size_t i) {
    const cv::Rect& area = patches[i].area;
    const cv::Point centre = area.tl() + cv::Point(area.width / 2, area.height / 2);
    Match match;
    match.pixel_px = {static_cast<double>(centre.x), static_cast<double>(centre.y)};
    match.point_in_site_m = view.PointInSite(centre.x, centre.y);
    if (!match.point_in_site_m.allFinite()) return;
    const auto moved = Reproject(match, view.camera, view.site_from_cam);
    std::optional<PatchScores> scores = ScorePatch(pair, area, options.search_radius_px);
    if (!moved || !scores) return;
    const double range_m = (match.point_in_site_m - view.site_from_cam.translation()).norm();
    found[i] = {area, std::move(*scores), range_m,
                moved->by_pose.rightCols<3>() * view.site_from_cam.linear()};
  });
  std::vector<Voter> voters;
  for (std::optional<Voter>& voter : found) {
    if (voter) voters.push_back(std::move(*voter));
  }
  return voters;
}

// 1 sigma of ScoreAt in an image of white noise. Patches share pixels: all that they say about one is added
// up first.
double ScoreSigma(const std::vector<Voter>& voters, const cv::Mat& expected) {
  cv::Mat by_pixel = cv::Mat::zeros(expected.size(), CV_32F);
  double variance = 0;
  for (const Voter& voter : voters) {
    const cv::Mat pattern = expected(voter.area);
    cv::Mat shared = by_pixel(voter.area);
    shared += (pattern - cv::mean(pattern)) / std::sqrt(static_cast<double>(voter.area.area()));
    variance += voter.found.contrast * voter.found.contrast;
  }
  return std::sqrt(by_pixel.dot(by_pixel) / variance);
}

// Of the position along the camera's axes, with what an error of the attitude looks like.
Eigen::Matrix3d PositionCovariance(const View& view, const dem::Matrix6d& covariance,
                                   const std::vector<Voter>& voters) {
  double range_m = 0;
  for (const Voter& voter : voters) range_m += voter.range_m / static_cast<double>(voters.size());
  Eigen::Matrix<double, 3, 6> of_pose = Eigen::Matrix<double, 3, 6>::Zero();
  of_pose(0, 1) = range_m;  // a turn about y moves the ground along x
  of_pose(1, 0) = -range_m;
  of_pose.rightCols<3>() = view.site_from_cam.linear().transpose();
  return of_pose * covariance * of_pose.transpose();
}

// Positions on a grid along the camera's axes.
struct PlaceGrid {
  Eigen::Vector3d step_m;
  Eigen::Vector3i reach;  // steps to either side

  Eigen::Vector3i size() const { return 2 * reach + Eigen::Vector3i::Ones(); }
  std::size_t count() const { return static_cast<std::size_t>(size().prod()); }
  Eigen::Vector3d Steps(std::size_t index) const {
    const auto i = static_cast<int>(index);
    const Eigen::Vector3i n = size();
    return (Eigen::Vector3i(i % n.x(), i / n.x() % n.y(), i / (n.x() * n.y())) - reach).cast<double>();
  }
};

// A step moves no patch by more than a pixel. The grid ends at the gate, or where a move along one axis has
// taken the fastest patch twice its search radius away.
PlaceGrid MakeGrid(const std::vector<Voter>& voters, const Eigen::Matrix3d& covariance, double gate_sigma,
                   double search_radius_px) {
  PlaceGrid grid;
  for (int axis = 0; axis < 3; ++axis) {
    double fastest = 0;
    for (const Voter& voter : voters) fastest = std::max(fastest, voter.by_axis.col(axis).norm());
    const double gate_px = gate_sigma * std::sqrt(covariance(axis, axis)) * fastest;
    grid.step_m[axis] = 1 / fastest;
    grid.reach[axis] = static_cast<int>(std::ceil(std::min(gate_px, 2 * search_radius_px)));
  }
  return grid;
}

// Sum of the voters' scores where they lie with the camera at a place; of the same scatter where some are
// left out: they say nothing about places beyond their search radius or the image. Nothing where too few are
// left.
std::optional<float> ScoreAt(const std::vector<Voter>& voters, const Eigen::Vector3d& steps) {
  constexpr double kLeastShare = 0.5;
  double sum = 0, variance = 0, variance_of_all = 0;
  for (const Voter& voter : voters) {
    const double weight = voter.found.contrast;
    variance_of_all += weight * weight;
    const Eigen::Vector2d move = voter.by_axis * steps;
    const int col = cvRound(move.x()) - voter.found.first_move.x;
    const int row = cvRound(move.y()) - voter.found.first_move.y;
    const cv::Mat& scores = voter.found.scores;
    if (col < 0 || row < 0 || col >= scores.cols || row >= scores.rows) continue;
    sum += weight * static_cast<double>(scores.at<float>(row, col));
    variance += weight * weight;
  }
  if (variance < kLeastShare * variance_of_all) return std::nullopt;
  return static_cast<float>(sum / std::sqrt(variance));
}

}  // namespace

std::optional<JointPlace> SearchJointly(const cv::Mat& image, const View& expected,
                                        const dem::Matrix6d& covariance, double gate_sigma,
                                        const MatchOptions& options) {
  const PreparedPair pair = PreparePair(image, expected, options);
  std::vector<Voter> voters = FindVoters(pair, expected, options);
  if (voters.empty()) return std::nullopt;
  const Eigen::Matrix3d of_position = PositionCovariance(expected, covariance, voters);
  const PlaceGrid grid = MakeGrid(voters, of_position, gate_sigma, options.search_radius_px);
  for (Voter& voter : voters) voter.by_axis *= grid.step_m.asDiagonal();

  const Eigen::Matrix3d information = dem::InverseOfSymmetric(of_position);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < grid.count(); ++i) {
    const Eigen::Vector3d move_m = grid.Steps(i).cwiseProduct(grid.step_m);
    if (move_m.dot(information * move_m) <= gate_sigma * gate_sigma) places.push_back(i);
  }
  std::vector<std::optional<float>> scores(places.size());
  tbb::parallel_for(std::size_t{0}, places.size(),
                    [&](std::size_t i) { scores[i] = ScoreAt(voters, grid.Steps(places[i])); });

  std::size_t best = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (scores[i] > scores[best]) best = i;  // nothing is less than any score
  }
  if (!scores[best]) return std::nullopt;
  const Eigen::Vector3d move_m = grid.Steps(places[best]).cwiseProduct(grid.step_m);
  JointPlace place;
  place.site_from_cam = expected.site_from_cam;
  place.site_from_cam.translation() += expected.site_from_cam.linear() * move_m;
  place.significance = static_cast<double>(*scores[best]) / ScoreSigma(voters, pair.expected);
  return place;
}

}  // namespace perilune::vision
