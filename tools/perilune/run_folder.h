#pragma once

#include <filesystem>
#include <vector>

namespace perilune::tools {

/// How a command takes what it finds at its output.
enum class ExistingRun { kRefuse, kResume, kOverwrite };

/// The folder of a run that can be interrupted at any moment and go on later. It is written as a hidden
/// sibling of the target (`.NAME.part`), which Commit() renames into place, so that a folder with the
/// target's name is always a whole run. Left without Commit it stays when there is something in `frames/` to
/// go on from. Only one process at a time has it open.
class RunFolder {
 public:
  /// Makes missing parents. Throws std::invalid_argument: the target is a file or not empty (kRefuse), an
  /// interrupted run waits (kRefuse), another process writes it; dem::WriteError when it cannot be made.
  RunFolder(const std::filesystem::path& target, ExistingRun existing);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& staging() const { return staging_; }
  /// The target is a whole run already, which kResume asks to leave as it is.
  bool Complete() const { return complete_; }
  /// Whether the run that is being written was begun before.
  bool Resumed() const { return resumed_; }
  /// Whether frames are there to go on from.
  bool HoldsFrames() const;

  /// Throws dem::WriteError.
  void Commit();

 private:
  void CheckTarget(ExistingRun existing) const;
  void Open(ExistingRun existing);
  void Lock();
  void RemoveAllButJournal() const;

  std::filesystem::path target_, staging_, old_;
  std::vector<std::filesystem::path> created_parents_;
  int lock_ = -1;
  bool overwrite_ = false, complete_ = false, resumed_ = false, committed_ = false;
};

}  // namespace perilune::tools
