#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "vision/craters/identify.h"
#include "vision/craters/laid_out.h"
#include "vision/craters/verification.h"

namespace perilune::vision {
namespace {

constexpr std::size_t kSeeds = 40;       // detections that start triads, those seen most steeply
constexpr std::size_t kSeedsAtOnce = 8;  // before what they found is verified
constexpr int kNeighboursOfSeed = 5;     // with each two of which
constexpr double kTriadRadius = 0.25;    // of the five logarithms: tilt 3°, sizes 4 %
constexpr int kWitnesses = 8;            // further detections that are asked whether they fit
constexpr std::size_t kMostGrown = 100;  // of each few seeds

/// moon = scale · rotation · cam + translation.
struct Placement {
  double scale = 1;
  Eigen::Matrix3d rotation = Eigen::Matrix3d::Identity();
  Eigen::Vector3d translation = Eigen::Vector3d::Zero();
  Eigen::Vector3d operator()(const Eigen::Vector3d& in_cam) const {
    return scale * (rotation * in_cam) + translation;
  }
};

using Corners = std::array<Eigen::Vector3d, 3>;

Eigen::Vector3d MiddleOf(const Corners& p) { return (p[0] + p[1] + p[2]) / 3; }

/// Unit axes of the triangle's plane: along its first side, across, and its normal.
Eigen::Matrix3d AxesOfTriangle(const Corners& p) {
  Eigen::Matrix3d axes;
  axes.col(0) = (p[1] - p[0]).normalized();
  axes.col(2) = (p[1] - p[0]).cross(p[2] - p[0]).normalized();
  axes.col(1) = axes.col(2).cross(axes.col(0));
  return axes;
}

/// The similarity that brings one triangle nearest onto another: their planes onto each other, and least
/// squares (Procrustes) within.
Placement PlaceTriangle(const Corners& from, const Corners& onto) {
  const Eigen::Matrix3d from_axes = AxesOfTriangle(from), onto_axes = AxesOfTriangle(onto);
  const Eigen::Vector3d from_middle = MiddleOf(from), onto_middle = MiddleOf(onto);
  double dot = 0, cross = 0, norm = 0;
  for (int k = 0; k < 3; ++k) {
    const Eigen::Vector2d a = (from_axes.transpose() * (from[k] - from_middle)).head<2>();
    const Eigen::Vector2d b = (onto_axes.transpose() * (onto[k] - onto_middle)).head<2>();
    dot += a.dot(b);
    cross += a.x() * b.y() - a.y() * b.x();
    norm += a.squaredNorm();
  }
  Placement placement;
  const double length = std::hypot(dot, cross);
  Eigen::Matrix3d turn = Eigen::Matrix3d::Identity();
  turn.topLeftCorner<2, 2>() << dot / length, -cross / length, cross / length, dot / length;
  placement.scale = length / norm;
  placement.rotation = onto_axes * turn * from_axes.transpose();
  placement.translation = onto_middle - placement.scale * (placement.rotation * from_middle);
  return placement;
}

struct LostHypothesis {
  std::array<Pairing, 3> pairings;
  Eigen::Isometry3d pose;
  int witnesses = 0;
};

/// Triads of laid-out detections looked up in the catalogue.
class TriadSearch {
 public:
  TriadSearch(const CraterMap& map, const TriadIndex& triads, std::vector<LaidOut> laid_out,
              const IdentifyOptions& options)
      : map_(map), triads_(triads), laid_out_(std::move(laid_out)), options_(options), seeds_(Steepest()) {}

  bool HasMore() const { return next_ < seeds_.size(); }

  /// What the next few seeds find, those with most witnesses first.
  std::vector<LostHypothesis> Next() {
    found_.clear();
    for (const std::size_t end = std::min(next_ + kSeedsAtOnce, seeds_.size()); next_ < end; ++next_) {
      const std::vector<int> near = NearestTo(seeds_[next_]);
      const int used = std::min<int>(kNeighboursOfSeed, static_cast<int>(near.size()));
      for (int a = 0; a < used; ++a) {
        for (int b = a + 1; b < used; ++b) LookUp({seeds_[next_], near[a], near[b]}, near);
      }
    }
    std::stable_sort(found_.begin(), found_.end(),
                     [](const auto& a, const auto& b) { return a.witnesses > b.witnesses; });
    return found_;
  }
  double tried() const { return tried_; }

 private:
  std::vector<int> Steepest() const {
    std::vector<std::pair<double, int>> order;
    for (int i = 0; i < static_cast<int>(laid_out_.size()); ++i) {
      order.emplace_back(laid_out_[static_cast<std::size_t>(i)].position.norm(), i);
    }
    std::sort(order.begin(), order.end());
    if (order.size() > kSeeds) order.resize(kSeeds);
    std::vector<int> seeds;
    for (const auto& [range, i] : order) seeds.push_back(i);
    return seeds;
  }

  std::vector<int> NearestTo(int seed) const {
    std::vector<std::pair<double, int>> order;
    for (int i = 0; i < static_cast<int>(laid_out_.size()); ++i) {
      if (i != seed) order.emplace_back((At(i).position - At(seed).position).squaredNorm(), i);
    }
    std::sort(order.begin(), order.end());
    if (order.size() > kWitnesses + 2) order.resize(kWitnesses + 2);
    std::vector<int> near;
    for (const auto& [distance, i] : order) near.push_back(i);
    return near;
  }

  void LookUp(std::array<int, 3> t, const std::vector<int>& near) {
    std::array<int, 3> key = t;
    std::sort(key.begin(), key.end());
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) return;
    asked_.push_back(key);
    // Counter-clockwise from above: the camera is above, and sees it from there.
    const Eigen::Vector3d normal =
        (At(t[1]).position - At(t[0]).position).cross(At(t[2]).position - At(t[0]).position);
    if (normal.dot(At(t[0]).position) > 0) std::swap(t[1], t[2]);
    const Corners corners = {At(t[0]).position, At(t[1]).position, At(t[2]).position};
    const TriadShape shape =
        ShapeOfTriad(corners, {At(t[0]).mean_radius, At(t[1]).mean_radius, At(t[2]).mean_radius});
    for (const std::array<int, 3>& craters : triads_.Find(shape, kTriadRadius)) {
      ++tried_;
      Consider(t, corners, craters, near);
    }
  }

  void Consider(const std::array<int, 3>& t, const Corners& corners, const std::array<int, 3>& craters,
                const std::vector<int>& near) {
    const Placement placement = PlaceTriangle(
        corners, {map_.rim(craters[0]).centre, map_.rim(craters[1]).centre, map_.rim(craters[2]).centre});
    const double height_m = placement.translation.norm() - dem::kMoonRadius_m;
    if (height_m < options_.min_height_m || height_m > options_.max_height_m) return;
    int asked = 0, fitting = 0;
    const Eigen::Vector3d middle = MiddleOf(corners);
    for (const int witness : near) {
      if (witness == t[0] || witness == t[1] || witness == t[2]) continue;
      ++asked;
      if (Fits(placement, At(witness), middle, craters[0])) ++fitting;
    }
    if (fitting < std::min(2, asked)) return;
    LostHypothesis hypothesis;
    for (int k = 0; k < 3; ++k) hypothesis.pairings[k] = {At(t[k]).detection, craters[k]};
    hypothesis.pose = Eigen::Isometry3d::Identity();
    hypothesis.pose.linear() = placement.rotation;
    hypothesis.pose.translation() = placement.translation;
    hypothesis.witnesses = fitting;
    found_.push_back(hypothesis);
  }

  /// Whether a crater like it lies where the placement puts it: the further from the triad the less surely.
  bool Fits(const Placement& placement, const LaidOut& witness, const Eigen::Vector3d& middle,
            int crater) const {
    const Eigen::Vector3d place = placement(witness.position);
    const double radius = placement.scale * witness.mean_radius;
    const double reach = 0.5 * radius + 0.1 * placement.scale * (witness.position - middle).norm();
    const auto near = [&](int candidate) {
      const double ratio = map_.MeanRadius_m(candidate) / radius;
      return ratio > 0.77 && ratio < 1.3 &&
             (map_.rim(candidate).centre - place).squaredNorm() < reach * reach;
    };
    const std::vector<int>& neighbours = triads_.NeighboursOf(crater);
    return std::any_of(neighbours.begin(), neighbours.end(), near);
  }

  const LaidOut& At(int i) const { return laid_out_[static_cast<std::size_t>(i)]; }

  const CraterMap& map_;
  const TriadIndex& triads_;
  std::vector<LaidOut> laid_out_;
  const IdentifyOptions& options_;
  std::vector<int> seeds_;
  std::size_t next_ = 0;
  std::vector<std::array<int, 3>> asked_;
  std::vector<LostHypothesis> found_;
  double tried_ = 0;
};

}  // namespace

Identification IdentifyLost(const CraterMap& map, const TriadIndex& triads, const Camera& camera,
                            const std::vector<CraterDetection>& detections, const IdentifyOptions& options) {
  options.Validate();
  const UsableDetections usable = UseDetections(camera, detections, options.noise);
  const Verifier verifier(map, camera, usable, options, std::nullopt);
  std::optional<Explained> best;
  double hypotheses = 0;
  // The ground's curvature over the view depends on the height: three stand for all.
  for (const double height_m : {100'000.0, 180'000.0, 50'000.0}) {
    const double height_radii = height_m / dem::kMoonRadius_m;
    const auto down = DownFromEllipses(usable.measured, height_radii);
    if (!down) break;
    TriadSearch search(map, triads, LayOut(usable.measured, *down, height_radii), options);
    const double tried_before = hypotheses;
    while (search.HasMore() && !verifier.IsCertain(best, hypotheses)) {
      const std::vector<LostHypothesis> found = search.Next();
      hypotheses = tried_before + search.tried();
      for (std::size_t i = 0; i < std::min(kMostGrown, found.size()) && !verifier.IsCertain(best, hypotheses);
           ++i) {
        const std::vector<Pairing> seed(found[i].pairings.begin(), found[i].pairings.end());
        const auto explained = verifier.Grow(seed, found[i].pose, 3);
        if (explained && (!best || explained->log10_tail < best->log10_tail)) best = explained;
      }
    }
    if (best && std::log10(std::max(1.0, hypotheses)) + best->log10_tail < options.log10_false_alarms) break;
  }
  return verifier.Conclude(best, hypotheses);
}

}  // namespace perilune::vision
