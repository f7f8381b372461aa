#pragma once

#include <filesystem>

namespace perilune::tools {

/// An output folder that appears whole or not at all: commands write into `staging()` (a hidden sibling of the target), and
/// Commit() renames it into place. Destroyed without Commit (an exception, Ctrl-C), it removes what it wrote.
class OutputFolder {
 public:
  /// Throws std::invalid_argument when the target exists and is not empty unless `overwrite`; dem::WriteError when it cannot be made.
  OutputFolder(const std::filesystem::path& target, bool overwrite);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  const std::filesystem::path& staging() const { return staging_; }
  void Commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path staging_;
  bool overwrite_ = false;
  bool committed_ = false;
};

}  // namespace perilune::tools
