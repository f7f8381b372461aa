#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace perilune::datasets {

/// What a column of a catalogue holds: its name in the header line and its unit, as the factor to m or rad.
struct CraterColumn {
  std::string name;
  double unit = 1;
};

enum class LongitudeConvention { kEast360, kEast180, kWest360 };  ///< 0…360 E, −180…180 E, 0…360 W
enum class AxisAngle { kEastCounterclockwise, kNorthClockwise };  ///< where the major axis' angle starts

/// How the columns of somebody's crater catalogue are to be read. Keys of the YAML file: `name` (of the
/// catalogue); `separator` (comma, tab, space: any run of blanks); optional `skip_lines` before the header;
/// `longitude` (east_360, east_180, west_360); `columns`, of which each is `{name, unit}`: `latitude` and
/// `longitude` (deg or rad), a size by `diameter` (m or km), or by `major_axis`, `minor_axis` (full axes, m
/// or km) and `angle` (deg or rad, with `from`: east_counterclockwise or north_clockwise), or by both, and
/// then the diameter serves rows without an ellipse; optional `id` (no unit), `depth`, `height` above the
/// sphere of 1 737 400 m, `radius` from the Moon's centre instead of it, `sigma` of the centre (m or km).
struct CraterMapping {
  std::string name;
  char separator = ',';  ///< ' ' is any run of blanks
  int skip_lines = 0;
  LongitudeConvention longitude_convention = LongitudeConvention::kEast360;
  AxisAngle angle_from = AxisAngle::kEastCounterclockwise;
  CraterColumn latitude, longitude;
  std::optional<CraterColumn> diameter, major_axis, minor_axis, angle, id, depth, height, radius, sigma;
};

/// Throws dem::DataError naming file, line and key: missing, unknown, or a value that is none of those above.
CraterMapping ReadCraterMapping(const std::filesystem::path& path);

}  // namespace perilune::datasets
