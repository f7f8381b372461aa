#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "datasets/formats/frame_journal.h"
#include "datasets/formats/run_tables.h"
#include "nav/navigator/navigator.h"

namespace perilune::tools {

/// Writes the records of a run as they come (docs/formats.md): a journal entry an image, rows of the tables,
/// a line for the landing controller. Holds no record.
class RunWriter {
 public:
  /// `level_names` as the navigator counts them. Makes `folder`/frames; tables begin anew. Throws
  /// dem::WriteError.
  RunWriter(const std::filesystem::path& folder, std::vector<std::string> level_names);

  /// The journal entry first: what the tables hold can be made again from it. Throws dem::WriteError.
  void Add(const nav::StepRecord& record, std::uint64_t input_hash);
  /// A record whose journal entry is there.
  void AddReplayed(const nav::StepRecord& record);
  /// Ends landing.jsonl and the tables. Throws dem::WriteError.
  void Finish(const std::string& landing_lines);

  std::filesystem::path EntryPath(std::int64_t t_ns) const;
  int frames() const { return frames_; }
  int Count(nav::FixStatus status) const;
  std::int64_t last_fix_ns() const { return last_fix_ns_; }

 private:
  std::string LevelName(int level) const;

  std::filesystem::path folder_;
  std::vector<std::string> level_names_;
  datasets::RunTables tables_;
  datasets::GrowingFile landing_;
  std::map<nav::FixStatus, int> counts_;
  int frames_ = 0;
  std::int64_t last_fix_ns_ = 0;
};

}  // namespace perilune::tools
