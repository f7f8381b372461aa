#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "vision/render/view_geometry.h"

namespace perilune::vision {
namespace {

constexpr int kIndexTileSide_px = 16;

/// A crater's rim, ready for tests.
struct Rim {
  int index = 0;
  double area = 0;                // product of the axes: only compared
  double radius_rad = 0;          // semi-major axis as an angle
  Eigen::Vector3d centre;         // unit, in `moon`
  Eigen::Vector3d along, across;  // unit tangents: of the major and the minor axis
  double semi_major_rad = 0, semi_minor_rad = 0;

  bool Holds(const Eigen::Vector3d& direction) const {
    const double from_centre_rad = std::atan2(direction.cross(centre).norm(), direction.dot(centre));
    // A point on the rim is inside whatever its rounding, which is of this order on a sphere of unit size.
    constexpr double kRounding = 1e-12;
    const double u = direction.dot(along), v = direction.dot(across), sine = std::hypot(u, v);
    if (sine == 0) return from_centre_rad < 1;  // the centre, and not its antipode
    const double a = from_centre_rad * u / sine / semi_major_rad,
                 b = from_centre_rad * v / sine / semi_minor_rad;
    return a * a + b * b <= 1 + kRounding / semi_minor_rad;
  }
};

Rim RimOf(const dem::Crater& crater, int index) {
  const double longest_m = 0.5 * dem::kPi * dem::kMoonRadius_m;
  for (const double axis_m : {crater.semi_major_m, crater.semi_minor_m}) {
    if (axis_m > 0 && axis_m <= longest_m) continue;
    throw std::invalid_argument("crater " + std::to_string(crater.id) + ": a semi-axis is " +
                                std::to_string(axis_m) + " m, must be above 0 and up to 2.7e6");
  }
  const auto [latitude_rad, longitude_rad] = crater.centre;
  const Eigen::Vector3d north = dem::DirectionInMoon({latitude_rad + 0.5 * dem::kPi, longitude_rad});
  const Eigen::Vector3d east(-std::sin(longitude_rad), std::cos(longitude_rad), 0);
  const double s = std::sin(crater.azimuth_rad), c = std::cos(crater.azimuth_rad);
  Rim rim;
  rim.index = index;
  rim.area = crater.semi_major_m * crater.semi_minor_m;
  rim.centre = dem::DirectionInMoon(crater.centre);
  rim.along = s * east + c * north;
  rim.across = c * east - s * north;
  rim.semi_major_rad = crater.semi_major_m / dem::kMoonRadius_m;
  rim.semi_minor_rad = crater.semi_minor_m / dem::kMoonRadius_m;
  rim.radius_rad = std::max(rim.semi_major_rad, rim.semi_minor_rad);
  return rim;
}

/// A cap of the sphere that holds all points of a part of the image.
struct Cap {
  bool empty = true;
  Eigen::Vector3d centre = Eigen::Vector3d::UnitZ();
  double radius_rad = 0;

  bool Meets(const Rim& rim) const {
    const double apart_rad = std::atan2(centre.cross(rim.centre).norm(), centre.dot(rim.centre));
    constexpr double kSlack_rad = 1e-9;
    return !empty && apart_rad <= radius_rad + rim.radius_rad + kSlack_rad;
  }
};

Eigen::Vector3d DirectionAt(const ViewGeometry& geometry, int row, int col) {
  return dem::DirectionInMoon(
      {geometry.latitude_rad.at<double>(row, col), geometry.longitude_rad.at<double>(row, col)});
}

Cap CapOf(const ViewGeometry& geometry, const cv::Rect& part) {
  Cap cap;
  Eigen::Vector3d sum = Eigen::Vector3d::Zero();
  std::vector<Eigen::Vector3d> directions;
  for (int row = part.y; row < part.y + part.height; ++row) {
    for (int col = part.x; col < part.x + part.width; ++col) {
      if (std::isnan(geometry.latitude_rad.at<double>(row, col))) continue;
      directions.push_back(DirectionAt(geometry, row, col));
      sum += directions.back();
    }
  }
  if (directions.empty()) return cap;
  cap.empty = false;
  cap.centre = sum.norm() > 0 ? Eigen::Vector3d(sum.normalized()) : directions.front();
  for (const Eigen::Vector3d& direction : directions) {
    const double apart_rad = std::atan2(cap.centre.cross(direction).norm(), cap.centre.dot(direction));
    cap.radius_rad = std::max(cap.radius_rad, apart_rad);
  }
  return cap;
}

std::vector<Rim> RimsThatMeet(const Cap& cap, const std::vector<Rim>& rims) {
  std::vector<Rim> near;
  std::copy_if(rims.begin(), rims.end(), std::back_inserter(near),
               [&](const Rim& rim) { return cap.Meets(rim); });
  return near;
}

/// The rims that any tile can need, smallest first.
std::vector<Rim> RimsInView(const ViewGeometry& geometry, const std::vector<dem::Crater>& craters) {
  const Cap cap = CapOf(geometry, {0, 0, geometry.latitude_rad.cols, geometry.latitude_rad.rows});
  std::vector<Rim> rims;
  for (std::size_t i = 0; i < craters.size(); ++i) {
    Rim rim = RimOf(craters[i], static_cast<int>(i));
    if (cap.Meets(rim)) rims.push_back(std::move(rim));
  }
  std::stable_sort(rims.begin(), rims.end(), [](const Rim& a, const Rim& b) { return a.area < b.area; });
  return rims;
}

}  // namespace

cv::Mat CraterIndices(const ViewGeometry& geometry, const std::vector<dem::Crater>& craters) {
  cv::Mat indices(geometry.latitude_rad.size(), CV_32S, cv::Scalar(-1));
  const std::vector<Rim> rims = RimsInView(geometry, craters);
  const int across = (indices.cols + kIndexTileSide_px - 1) / kIndexTileSide_px;
  const int down = (indices.rows + kIndexTileSide_px - 1) / kIndexTileSide_px;
  tbb::parallel_for(tbb::blocked_range<int>(0, across * down), [&](const tbb::blocked_range<int>& tiles) {
    for (int tile = tiles.begin(); tile < tiles.end(); ++tile) {
      const cv::Rect part = cv::Rect(tile % across * kIndexTileSide_px, tile / across * kIndexTileSide_px,
                                     kIndexTileSide_px, kIndexTileSide_px) &
                            cv::Rect({0, 0}, indices.size());
      const std::vector<Rim> near = RimsThatMeet(CapOf(geometry, part), rims);
      if (near.empty()) continue;
      for (int row = part.y; row < part.y + part.height; ++row) {
        for (int col = part.x; col < part.x + part.width; ++col) {
          if (std::isnan(geometry.latitude_rad.at<double>(row, col))) continue;
          const Eigen::Vector3d direction = DirectionAt(geometry, row, col);
          const auto holder =
              std::find_if(near.begin(), near.end(), [&](const Rim& rim) { return rim.Holds(direction); });
          if (holder != near.end()) indices.at<int>(row, col) = holder->index;
        }
      }
    }
  });
  return indices;
}

}  // namespace perilune::vision
