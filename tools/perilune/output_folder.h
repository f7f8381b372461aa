#pragma once

#include <filesystem>
#include <vector>

namespace perilune::tools {

/// An output folder that appears whole or not at all: commands write into `staging()` (a hidden sibling of
/// the target), and Commit() renames it into place. Destroyed without Commit (an exception, Ctrl-C), it
/// removes what it wrote.
class OutputFolder {
 public:
  /// Makes missing parents. Throws std::invalid_argument when the target is a file, or is not empty unless
  /// `overwrite`; dem::WriteError when the staging folder cannot be made.
  OutputFolder(const std::filesystem::path& target, bool overwrite);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  const std::filesystem::path& staging() const { return staging_; }

  /// Puts the folder in its place; with `overwrite` the old one is kept until the new one stands. Throws
  /// dem::WriteError.
  void Commit();

 private:
  void RemoveStaging();

  std::filesystem::path target_;
  std::filesystem::path staging_;
  std::vector<std::filesystem::path> created_parents_;
  bool overwrite_ = false;
  bool committed_ = false;
};

}  // namespace perilune::tools
