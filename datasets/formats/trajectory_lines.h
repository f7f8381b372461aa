#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace perilune::datasets {

/// A line of a text table: fields by blanks or, where it has any, by commas. Errors are dem::DataErrors that
/// name file and line.
struct TrajectoryLine {
  const std::filesystem::path* path = nullptr;
  int number = 0;  ///< from 1
  std::vector<std::string_view> fields;

  [[noreturn]] void Refuse(const std::string& what) const;
  void RequireFields(std::size_t count, const std::string& names) const;
  double Number(std::size_t field) const;
  Eigen::Vector3d Vector(std::size_t first) const;
  std::int64_t Nanoseconds(std::size_t field) const;
  /// Seconds as a decimal number, with or without exponent, to the nearest nanosecond: not through a double,
  /// which keeps only 0.2 µs of a time since 1970.
  std::int64_t SecondsAsNanoseconds(std::size_t field) const;
  /// Normalised; refused when its length is not within 1e-3 of 1.
  Eigen::Matrix3d Rotation(double w, double x, double y, double z) const;
  void RequireLater(std::int64_t t_ns, std::int64_t previous_ns) const;
};

/// A text file in memory and its lines, without empty ones and those that start with `#`.
class TrajectoryText {
 public:
  /// Throws dem::DataError when it cannot be read.
  explicit TrajectoryText(const std::filesystem::path& path);
  TrajectoryText(const TrajectoryText&) = delete;
  TrajectoryText& operator=(const TrajectoryText&) = delete;

  const std::vector<TrajectoryLine>& lines() const { return lines_; }

 private:
  std::filesystem::path path_;
  std::string text_;
  std::vector<TrajectoryLine> lines_;
};

/// Nanoseconds as decimal seconds with nine digits behind the point.
std::string SecondsText(std::int64_t t_ns);

}  // namespace perilune::datasets
