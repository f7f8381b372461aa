#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

#include "vision/craters/identify.h"
#include "vision/craters/surest.h"
#include "vision/craters/verification.h"

namespace perilune::vision {
namespace {

constexpr double kLeastDown = 0.2;       // rims seen more grazingly than 78° are not used
constexpr double kShapeGate = 16;        // χ² of two numbers
constexpr int kMostPlaces = 60;          // verified
constexpr double kBlockOfHeight = 0.15;  // half a cell, in heights: 3 sigma of a distance from a size

/// A detection taken for a crater, and where the camera would be.
struct Vote {
  int voter = 0;
  Pairing pairing;
  Eigen::Vector3d position;
  Eigen::Vector3d direction;  ///< to the crater's centre, in `moon`
  double sigma_m = 0;         ///< across the line of sight
};

/// Cells of one size, once for each of eight places of the grid: two places nearer than half a cell along
/// each axis share a cell of at least one.
struct CellVote {
  std::uint64_t cell;
  std::uint32_t vote;
};

/// Place where votes meet.
struct MeetingPlace {
  Eigen::Vector3d position;
  std::vector<std::uint32_t> votes;
};

class PlaceVoting {
 public:
  PlaceVoting(const CraterMap& map, const UsableDetections& detections, const Eigen::Matrix3d& moon_from_cam,
              const IdentifyOptions& options)
      : map_(map), detections_(detections), moon_from_cam_(moon_from_cam), options_(options) {}

  std::vector<Vote> CastAll(const std::vector<int>& voters) const {
    std::vector<Vote> votes;
    for (int v = 0; v < static_cast<int>(voters.size()); ++v) {
      const MeasuredEllipse& measured = detections_.measured[static_cast<std::size_t>(voters[v])];
      const Eigen::Vector3d ray = moon_from_cam_ * measured.ellipse.centre.homogeneous().normalized();
      const Eigen::Matrix3d dual = DualConicOf(measured.ellipse);
      for (int crater = 0; crater < map_.size(); ++crater) {
        if (map_.rim(crater).up.dot(ray) > -kLeastDown) continue;
        if (auto vote = Cast(measured, dual, crater)) {
          vote->voter = v;
          vote->pairing = {voters[v], crater};
          votes.push_back(*vote);
        }
      }
    }
    return votes;
  }

 private:
  std::optional<Vote> Cast(const MeasuredEllipse& measured, const Eigen::Matrix3d& dual, int crater) const {
    const CraterRim& rim = map_.rim(crater);
    const Eigen::Vector3d up = moon_from_cam_.transpose() * rim.up;
    Eigen::Vector3d pole = dual * up;
    if (pole.z() < 0) pole = -pole;
    const Eigen::Vector3d direction = pole.normalized();
    const double down = -direction.dot(up);
    if (down < kLeastDown) return std::nullopt;
    // As PositionFromRim, with the pieces kept for the shape.
    const double along_up = up.dot(dual * up);
    const double squared = 1 - down * down - down * down * (dual.trace() - along_up) / along_up;
    if (!(squared > 0)) return std::nullopt;
    const double range = std::sqrt((rim.major.squaredNorm() + rim.minor.squaredNorm()) / squared);
    Vote vote;
    vote.direction = moon_from_cam_ * direction;
    vote.position = rim.centre - range * vote.direction;
    const double height_m = vote.position.norm() - dem::kMoonRadius_m;
    if (height_m < options_.min_height_m || height_m > options_.max_height_m) return std::nullopt;
    if (!ShapeFits(measured, dual, rim, direction * range, -range * range * down * down / along_up)) {
      return std::nullopt;
    }
    const double of_rim = 2 * options_.irregularity.centre_sigma_diameters * map_.MeanRadius_m(crater);
    const double of_image = range * std::sqrt(0.5 * measured.covariance.topLeftCorner<2, 2>().trace());
    vote.sigma_m = std::hypot(std::hypot(of_rim, of_image), options_.irregularity.height_sigma_m,
                              range * options_.attitude_sigma_rad);
    return vote;
  }

  /// Whether the rim that was seen, laid into the crater's plane, has the catalogue's axes: of the size
  /// nothing is left, the distance was chosen by it.
  bool ShapeFits(const MeasuredEllipse& measured, const Eigen::Matrix3d& dual, const CraterRim& rim,
                 const Eigen::Vector3d& centre_in_cam, double scale) const {
    const double major = rim.major.norm(), minor = rim.minor.norm();
    const Eigen::Vector3d u = moon_from_cam_.transpose() * rim.major / major;
    const Eigen::Vector3d v = moon_from_cam_.transpose() * rim.minor / minor;
    const double cu = centre_in_cam.dot(u), cv = centre_in_cam.dot(v);
    Eigen::Matrix2d seen;
    seen(0, 0) = scale * u.dot(dual * u) + cu * cu;
    seen(1, 1) = scale * v.dot(dual * v) + cv * cv;
    seen(0, 1) = seen(1, 0) = scale * u.dot(dual * v) + cu * cv;
    // Relative to the catalogue's, to first order.
    const double stretch = 0.5 * (seen(0, 0) / (major * major) - seen(1, 1) / (minor * minor));
    const double shear = seen(0, 1) / (major * minor);
    const double variance = 0.5 * (measured.covariance.bottomRightCorner<3, 3>().trace() / 3 +
                                   4 * options_.irregularity.axes_sigma * options_.irregularity.axes_sigma);
    return stretch * stretch + shear * shear <= kShapeGate * variance;
  }

  const CraterMap& map_;
  const UsableDetections& detections_;
  const Eigen::Matrix3d& moon_from_cam_;
  const IdentifyOptions& options_;
};

std::vector<CellVote> IntoCells(const std::vector<Vote>& votes, const IdentifyOptions& options) {
  std::vector<CellVote> cells;
  cells.reserve(9 * votes.size());
  const auto add_level = [&](std::uint32_t vote, int level) {
    const double block_m = kBlockOfHeight * options.min_height_m * std::exp2(level);
    std::array<std::int64_t, 3> block{};
    for (int k = 0; k < 3; ++k) {
      block[k] = static_cast<std::int64_t>(std::floor(votes[vote].position[k] / block_m)) + (1 << 18);
    }
    for (std::uint64_t shift = 0; shift < 8; ++shift) {
      std::uint64_t cell = static_cast<std::uint64_t>(level) << 3 | shift;
      for (int k = 0; k < 3; ++k) {
        cell = cell << 19 |
               static_cast<std::uint64_t>((block[k] + static_cast<std::int64_t>(shift >> k & 1)) >> 1);
      }
      cells.push_back({cell, vote});
    }
  };
  for (std::uint32_t i = 0; i < votes.size(); ++i) {
    // Cells grow with the height, as the sigma of a distance does; near a step votes go into both sizes.
    const double octaves = std::log2((votes[i].position.norm() - dem::kMoonRadius_m) / options.min_height_m);
    const int level = static_cast<int>(octaves);
    add_level(i, level);
    if (level > 0 && octaves - level < 0.2) add_level(i, level - 1);
  }
  std::sort(cells.begin(), cells.end(), [](const CellVote& a, const CellVote& b) {
    return a.cell != b.cell ? a.cell < b.cell : a.vote < b.vote;
  });
  return cells;
}

int DistinctVoters(const std::vector<Vote>& votes, const std::vector<std::uint32_t>& of) {
  std::uint32_t mask = 0;
  for (const std::uint32_t i : of) mask |= 1U << votes[i].voter;
  return std::popcount(mask);
}

/// The point nearest to two lines of sight; nothing when they are parallel.
std::optional<Eigen::Vector3d> NearestToLines(const CraterMap& map, const Vote& a, const Vote& b) {
  Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
  Eigen::Vector3d right = Eigen::Vector3d::Zero();
  for (const Vote* vote : {&a, &b}) {
    const Eigen::Matrix3d across =
        (Eigen::Matrix3d::Identity() - vote->direction * vote->direction.transpose()) /
        (vote->sigma_m * vote->sigma_m);
    normal += across;
    right += across * map.rim(vote->pairing.crater).centre;
  }
  if (a.direction.cross(b.direction).squaredNorm() < 1e-4) return std::nullopt;
  return normal.inverse() * right;
}

/// The place in a cell where lines of sight of most detections meet.
MeetingPlace BestMeeting(const CraterMap& map, const std::vector<Vote>& votes,
                         const std::vector<std::uint32_t>& in_cell) {
  constexpr double kSigmas = 4;
  MeetingPlace best;
  int most = 0;
  for (std::size_t a = 0; a < in_cell.size(); ++a) {
    for (std::size_t b = a + 1; b < in_cell.size(); ++b) {
      const Vote &first = votes[in_cell[a]], &second = votes[in_cell[b]];
      if (first.voter == second.voter || first.pairing.crater == second.pairing.crater) continue;
      const auto position = NearestToLines(map, first, second);
      if (!position) continue;
      MeetingPlace place{*position, {}};
      for (const std::uint32_t i : in_cell) {
        const Eigen::Vector3d to_crater = map.rim(votes[i].pairing.crater).centre - *position;
        if (to_crater.cross(votes[i].direction).norm() < kSigmas * votes[i].sigma_m) place.votes.push_back(i);
      }
      const int voters = DistinctVoters(votes, place.votes);
      if (voters > most) {
        most = voters;
        best = std::move(place);
      }
    }
  }
  return best;
}

struct Meetings {
  std::vector<MeetingPlace> places;  ///< most voters first
  double hypotheses = 0;             ///< pairs of votes that share a cell
};

Meetings FindMeetings(const CraterMap& map, const std::vector<Vote>& votes, const IdentifyOptions& options) {
  const std::vector<CellVote> cells = IntoCells(votes, options);
  std::vector<std::vector<std::uint32_t>> full;
  Meetings meetings;
  for (std::size_t from = 0; from < cells.size();) {
    std::size_t to = from;
    std::vector<std::uint32_t> in_cell;
    while (to < cells.size() && cells[to].cell == cells[from].cell) in_cell.push_back(cells[to++].vote);
    from = to;
    meetings.hypotheses +=
        0.5 * static_cast<double>(in_cell.size()) * static_cast<double>(in_cell.size() - 1);
    if (DistinctVoters(votes, in_cell) >= 3) full.push_back(std::move(in_cell));
  }
  std::stable_sort(full.begin(), full.end(), [&](const auto& a, const auto& b) {
    return DistinctVoters(votes, a) > DistinctVoters(votes, b);
  });
  constexpr std::size_t kMostCells = 1500;
  if (full.size() > kMostCells) full.resize(kMostCells);
  for (const auto& in_cell : full) meetings.places.push_back(BestMeeting(map, votes, in_cell));
  std::stable_sort(meetings.places.begin(), meetings.places.end(), [&](const auto& a, const auto& b) {
    return DistinctVoters(votes, a.votes) > DistinctVoters(votes, b.votes);
  });
  return meetings;
}

/// One crater a detection, and one detection a crater.
std::vector<Pairing> SeedOf(const std::vector<Vote>& votes, const MeetingPlace& place) {
  std::vector<Pairing> seed;
  for (const std::uint32_t i : place.votes) {
    const Pairing& p = votes[i].pairing;
    const bool taken = std::any_of(seed.begin(), seed.end(), [&p](const Pairing& s) {
      return s.detection == p.detection || s.crater == p.crater;
    });
    if (!taken) seed.push_back(p);
  }
  return seed;
}

}  // namespace

Identification IdentifyWithAttitude(const CraterMap& map, const Camera& camera,
                                    const std::vector<CraterDetection>& detections,
                                    const Eigen::Matrix3d& moon_from_cam, const IdentifyOptions& options) {
  options.Validate();
  const UsableDetections usable = UseDetections(camera, detections, options.noise);
  PosePriorFactor attitude;
  attitude.site_from_cam.linear() = moon_from_cam;
  attitude.information.topLeftCorner<3, 3>().diagonal().setConstant(
      1 / (options.attitude_sigma_rad * options.attitude_sigma_rad));
  const Verifier verifier(map, camera, usable, options, attitude);
  const PlaceVoting voting(map, usable, moon_from_cam, options);
  std::optional<Explained> best;
  double hypotheses = 0;
  for (const std::vector<int>& voters : LargestOfSurest(usable)) {
    const std::vector<Vote> votes = voting.CastAll(voters);
    const Meetings meetings = FindMeetings(map, votes, options);
    hypotheses += meetings.hypotheses;
    std::vector<Eigen::Vector3d> tried;
    for (const MeetingPlace& place : meetings.places) {
      if (tried.size() >= kMostPlaces || place.votes.size() < 2) break;
      const bool again = std::any_of(tried.begin(), tried.end(), [&](const Eigen::Vector3d& p) {
        return (p - place.position).norm() < 2000;
      });
      if (again) continue;
      tried.push_back(place.position);
      Eigen::Isometry3d start = Eigen::Isometry3d::Identity();
      start.linear() = moon_from_cam;
      start.translation() = place.position;
      const auto explained = verifier.Grow(SeedOf(votes, place), start, 2);
      if (explained && (!best || explained->log10_tail < best->log10_tail)) best = explained;
      if (verifier.IsCertain(best, hypotheses)) return verifier.Conclude(best, hypotheses);
    }
  }
  return verifier.Conclude(best, hypotheses);
}

}  // namespace perilune::vision
