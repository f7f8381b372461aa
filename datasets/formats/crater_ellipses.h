#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dem/craters/crater.h"
#include "vision/craters/detect.h"
#include "vision/craters/identify.h"

namespace perilune::datasets {

/// Ellipses of crater rims in an image, by any detector: a JSON object whose `ellipses` is a list of objects
/// `x_px y_px semi_major_px semi_minor_px angle_rad` (centre; angle of the major axis from right towards
/// down), each with an optional `covariance` of these five (5 rows) and an optional `score` (a number, more
/// is surer). Throws dem::DataError naming file and the ellipse: no such file, no JSON, a missing or unknown
/// key, a number that is not finite, an axis that is not positive, a covariance that is not 5 × 5 and
/// symmetric.
std::vector<vision::CraterDetection> ReadCraterEllipses(const std::filesystem::path& path);

/// Writes what ReadCraterEllipses reads, with covariances and scores, surest first; and `image` (a name) and
/// `sun_direction_deg` (from right towards down). Throws dem::WriteError.
void WriteCraterEllipses(const std::filesystem::path& path, const vision::CraterDetections& found,
                         const std::string& image);

/// What `perilune craters identify` was asked.
struct IdentificationQuestion {
  std::string image;     ///< file name, no path
  std::string catalog;   ///< name of the catalogue
  std::string attitude;  ///< known, prior or none
  std::string time_utc;
};

/// Writes identification.json: `status` (identified, none), `reason` when none, `ellipses` (in the order
/// given: `identity` with `id`, place, `residual_px`, `chi2`, `score`, or null), `log10_false_alarms`,
/// `hypotheses`, and when identified `camera_position_in_moon_m`, `cam_from_moon_rotation`,
/// `covariance_map_relative` (against the catalogue) and, where its tie is declared, `covariance_absolute`
/// (6 × 6: turn about the camera's axes, rad, then x, y, z in `moon`, m), `chi2` and `variance_scale` (of
/// what ellipses declare, by their residuals). Throws dem::WriteError.
void WriteIdentification(const std::filesystem::path& path, const vision::Identification& found,
                         std::size_t ellipses, const std::vector<dem::Crater>& catalogue,
                         const IdentificationQuestion& question);

}  // namespace perilune::datasets
