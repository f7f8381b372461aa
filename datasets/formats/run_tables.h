#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "datasets/formats/run.h"

namespace perilune::datasets {

/// A file that grows: every Append reaches the operating system before it returns.
class GrowingFile {
 public:
  /// Replaces what was there. Throws dem::WriteError.
  explicit GrowingFile(const std::filesystem::path& path);
  ~GrowingFile();
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  /// Throws dem::WriteError, after which the file's end is not to be trusted.
  void Append(std::string_view bytes);
  /// Flushed to the disk. Throws dem::WriteError.
  void Close();

 private:
  [[noreturn]] void Fail(const char* what) const;

  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// The tables of a run, row by row: fixes.csv, states.csv with trajectory.tum, events.csv. Same bytes as
/// run.h's writers.
class RunTables {
 public:
  /// Throws dem::WriteError.
  explicit RunTables(const std::filesystem::path& folder);

  void Add(const FixRow& row) { fixes_.Append(EncodeRow(row)); }
  void Add(const StateRow& row);
  void Add(const EventRow& row) { events_.Append(EncodeRow(row)); }
  void Close();

 private:
  GrowingFile fixes_, states_, events_, trajectory_;
};

}  // namespace perilune::datasets
