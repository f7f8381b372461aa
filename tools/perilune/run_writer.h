#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/formats/run.h"
#include "nav/navigator/navigator.h"

namespace perilune::tools {

/// Collects the records of a run and writes its files (docs/formats.md); frames as they come, the tables at
/// the end.
class RunWriter {
 public:
  /// `level_names` as the navigator counts them. Makes `folder`/frames.
  RunWriter(const std::filesystem::path& folder, std::vector<std::string> level_names);

  /// Throws dem::WriteError.
  void Add(const nav::StepRecord& record);
  /// fixes.csv, states.csv, events.csv, trajectory.tum. Throws dem::WriteError.
  void WriteTables() const;

  int frames() const { return static_cast<int>(fixes_.size()); }
  int Count(nav::FixStatus status) const;
  const std::vector<datasets::FixRow>& fixes() const { return fixes_; }

 private:
  std::string LevelName(int level) const;

  std::filesystem::path folder_;
  std::vector<std::string> level_names_;
  std::vector<datasets::FixRow> fixes_;
  std::vector<datasets::StateRow> states_;
  std::vector<datasets::EventRow> events_;
};

}  // namespace perilune::tools
