#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace perilune::tools {

/// One answer of one method about one image, against the truth on the map (see TrialImage). Lengths in m;
/// figures that a method does not give are 0.
struct TrialRow {
  int world = 0, view = 0;
  std::string method, site, site_type, status;
  double map_pixel_px = 0, ground_sample_m = 0, map_pixel_m = 0;
  double field_of_view_deg = 0, tilt_deg = 0;
  double sun_elevation_deg = 0, sun_azimuth_deg = 0, reference_azimuth_deg = 0;
  double lit_share = 0;
  double horizontal_error_m = 0, vertical_error_m = 0;
  double nees_position = 0, nees_pose = 0;  ///< of 3 and of 6
  double bound_m = 0;  ///< 1 sigma of the horizontal Cramér-Rao bound, √(σx² + σy²)
  int attempted = 0, inliers = 0;

  bool Accepted() const { return status == "accepted"; }
  /// The larger of map pixel and ground sample.
  double Unit_m() const;
  /// Accepted and further off than 3 units horizontally, or than a Mahalanobis distance of 5 in position.
  bool False() const;
};

/// A CSV file that appears whole. Throws dem::WriteError.
void WriteTrialRows(const std::filesystem::path& path, const std::vector<TrialRow>& rows);

/// Throws dem::DataError.
std::vector<TrialRow> ReadTrialRows(const std::filesystem::path& path);

}  // namespace perilune::tools
