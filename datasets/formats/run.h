#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nav/estimation/state.h"
#include "nav/fix/fix.h"

namespace perilune::datasets {

/// One row of fixes.csv (matches only as counts: frames/<t_ns>.json has them).
struct FixRow {
  nav::Fix fix;
  std::string map;  ///< file name of the level
  int matches = 0;
};

struct StateRow {
  nav::State state;  ///< covariance blocks of position, velocity, tie as far as states.csv holds them
  std::string map;
  Eigen::Matrix3d absolute_position_covariance_m2 = Eigen::Matrix3d::Zero();
  Eigen::Matrix3d map_relative_position_covariance_m2 = Eigen::Matrix3d::Zero();
  Eigen::Matrix3d velocity_covariance_m2ps2 = Eigen::Matrix3d::Zero();
  /// Protection levels of the map-relative position, m; absent where none could be given.
  std::optional<double> horizontal_protection_m, vertical_protection_m;
};

/// A decision of the estimator.
struct EventRow {
  std::int64_t t_ns = 0;
  std::string kind;
  std::string source;
  bool accepted = false;
  double nis = 0;
  int dof = 0;
  double threshold = 0;
  std::string text;
};

/// Headers and rows of the tables, each row ending in a line break.
const std::string& FixesHeader();
const std::string& StatesHeader();
const std::string& EventsHeader();
std::string EncodeRow(const FixRow& row);
std::string EncodeRow(const StateRow& row);
std::string EncodeRow(const EventRow& row);
/// TUM: `t_s x y z qx qy qz qw` of site_from_body.
std::string EncodeTumLine(const StateRow& row);

void WriteFixes(const std::filesystem::path& path, const std::vector<FixRow>& rows);
std::vector<FixRow> ReadFixes(const std::filesystem::path& path);
void WriteStates(const std::filesystem::path& path, const std::vector<StateRow>& rows);
std::vector<StateRow> ReadStates(const std::filesystem::path& path);
void WriteEvents(const std::filesystem::path& path, const std::vector<EventRow>& rows);
std::vector<EventRow> ReadEvents(const std::filesystem::path& path);
void WriteTum(const std::filesystem::path& path, const std::vector<StateRow>& rows);
}  // namespace perilune::datasets
