#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace perilune::tools {

struct CampaignOptions {
  std::filesystem::path program;      ///< the perilune executable that does the steps
  std::string scenario;               ///< as `perilune simulate` takes it
  std::vector<std::string> settings;  ///< key=value, handed to `simulate --set`
  std::string epoch_utc;              ///< the scenario's, with the settings
  /// Each seed's epoch, and the Sun with it (0.5° of longitude an hour), is moved by a time drawn evenly from
  /// ± this many hours; 0: all fly at the scenario's.
  double epoch_spread_h = 0;
  std::uint64_t first_seed = 1;
  int count = 20;             ///< consecutive seeds
  std::filesystem::path out;  ///< shards, aggregate.json, table.md, stanford.svg; may hold finished shards
  /// Of the program and the scenario file: a shard made by others is not finished but flown again.
  std::string fingerprint;
  int jobs = 1;       ///< seeds flown at a time
  bool keep = false;  ///< keep sequences, frames and hazard rasters (gigabytes)
  /// Measurement level: nothing is rendered, matches are drawn from these residuals of rendered runs.
  std::vector<std::filesystem::path> match_residuals;
  bool write_match_residuals = false;  ///< run/match_residuals.csv of each shard, for the former

  /// Throws std::invalid_argument naming field and value.
  void Validate() const;
  /// The scenario's file name without extension, and its case: "hakuto_r_m1-as_flown".
  std::string Name() const;
};

enum class ShardStatus { kFinished, kFailed };

/// One seed. A failed one says how to see the failure again.
struct Shard {
  std::uint64_t seed = 0;
  ShardStatus status = ShardStatus::kFailed;
  std::filesystem::path folder;
  std::string failure;         ///< last line that the failed step printed
  std::string repeat_command;  ///< shell line
};

std::filesystem::path ShardFolder(const CampaignOptions& options, std::uint64_t seed);

/// The settings of a seed: those of all, and its epoch where epochs are spread.
std::vector<std::string> SettingsOf(const CampaignOptions& options, std::uint64_t seed);

/// FNV-1a over the bytes of the files, in hexadecimal. Throws dem::DataError when one cannot be read.
std::string FingerprintOf(const std::vector<std::filesystem::path>& files);

/// Whether the seed's folder holds a complete result of the same scenario, settings and fingerprint. Throws
/// dem::DataError when it holds one of other settings: results of two experiments are never mixed.
bool IsFinished(const CampaignOptions& options, std::uint64_t seed);

/// simulate → navigate → evaluate for one seed, in a hidden folder that is renamed when all is done. Throws
/// Interrupted.
Shard RunShard(const CampaignOptions& options, std::uint64_t seed);

}  // namespace perilune::tools
