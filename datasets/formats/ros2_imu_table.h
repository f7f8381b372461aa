#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "nav/sensors/records.h"

namespace perilune::datasets {

/// imu0/data.csv of a sequence, written as samples come: a long log has millions of them. They may come out
/// of order by as much as kReach samples.
class ImuTable {
 public:
  static constexpr std::size_t kReach = 4096;

  /// Makes `root`/imu0/data.csv with its header. Throws dem::WriteError.
  explicit ImuTable(const std::filesystem::path& root);

  /// Throws std::invalid_argument for a second sample of one time, and one that is too late to be sorted in.
  void Add(const nav::Imu& sample);
  /// The rest of the samples. Throws dem::WriteError when any of it could not be written.
  void Finish();

  std::size_t count() const { return count_; }

 private:
  void WriteFirst();

  std::filesystem::path path_;
  std::ofstream stream_;
  std::map<std::int64_t, nav::Imu> waiting_;
  std::optional<std::int64_t> last_written_ns_;
  std::size_t count_ = 0;
};

}  // namespace perilune::datasets
