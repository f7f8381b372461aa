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

// Parts of it that other output folders share.

/// The target without a trailing slash and with symbolic links followed, so that its siblings share its file
/// system. Throws std::invalid_argument for an empty path.
std::filesystem::path ResolvedTarget(const std::filesystem::path& target);
/// The parents of `path` that do not exist, outermost first.
std::vector<std::filesystem::path> MissingParents(const std::filesystem::path& path);
/// Throws dem::WriteError.
void RenameFolder(const std::filesystem::path& from, const std::filesystem::path& to);
/// Those of the folders, innermost last, that are empty.
void RemoveFolders(const std::vector<std::filesystem::path>& folders);

}  // namespace perilune::tools
