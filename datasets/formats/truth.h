#pragma once

#include <Eigen/Geometry>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace perilune::datasets {

struct TruthState {
  std::int64_t t_ns = 0;
  Eigen::Isometry3d site_from_body = Eigen::Isometry3d::Identity();
  Eigen::Vector3d velocity_in_site_mps = Eigen::Vector3d::Zero();
  Eigen::Vector3d gyro_bias_radps = Eigen::Vector3d::Zero();
  Eigen::Vector3d accel_bias_mps2 = Eigen::Vector3d::Zero();
};

/// The truth of a sequence: for `simulate` and `evaluate` only.
struct Truth {
  std::uint64_t seed = 0;
  std::vector<TruthState> states;                            ///< time order
  std::map<std::string, Eigen::Vector3d> map_tie_in_site_m;  ///< by the map's file name
  std::filesystem::path site_dem;  ///< truth/site_dem.tif below the sequence's folder
};

/// The tie of a map, by its file name; nothing where the truth has none.
std::optional<Eigen::Vector3d> MapTieInSite_m(const Truth& truth, const std::string& map);

/// Throws dem::DataError.
Truth ReadTruth(const std::filesystem::path& sequence_root);
void WriteTruth(const std::filesystem::path& sequence_root, const Truth& truth);

}  // namespace perilune::datasets
