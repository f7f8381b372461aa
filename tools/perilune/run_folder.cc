#include "tools/perilune/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <system_error>

#include "dem/io/data_error.h"
#include "tools/perilune/output_folder.h"

namespace perilune::tools {
namespace fs = std::filesystem;
namespace {

constexpr char kFrames[] = "frames";

bool HasEntries(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder, error) && !fs::is_empty(folder, error);
}

}  // namespace

RunFolder::RunFolder(const fs::path& target, ExistingRun existing)
    : target_(ResolvedTarget(target)),
      overwrite_(existing == ExistingRun::kOverwrite ||
                 // A run that waits beside an older one was begun to replace it.
                 (existing == ExistingRun::kResume && HasEntries(target_))) {
  const std::string name = "." + target_.filename().string();
  staging_ = target_.parent_path() / (name + ".part");
  old_ = target_.parent_path() / (name + ".old");
  CheckTarget(existing);
  complete_ = existing == ExistingRun::kResume && !fs::exists(staging_) && fs::exists(target_ / "run.json");
  if (!complete_) Open(existing);
}

void RunFolder::CheckTarget(ExistingRun existing) const {
  const std::string about = "output folder " + target_.string() + ": ";
  if (fs::exists(target_) && !fs::is_directory(target_)) {
    throw std::invalid_argument(about + "is a file; name a folder");
  }
  if (existing == ExistingRun::kRefuse && HasEntries(target_)) {
    throw std::invalid_argument(about + "is not empty; use another or --overwrite");
  }
  if (existing == ExistingRun::kRefuse && HasEntries(staging_ / kFrames)) {
    throw std::invalid_argument(about + "an interrupted run waits (" + staging_.filename().string() +
                                "); --resume goes on with it, --overwrite begins anew");
  }
  if (existing == ExistingRun::kResume && HasEntries(target_) && !fs::exists(target_ / "run.json")) {
    throw std::invalid_argument(about + "holds no run of navigate: there is nothing to resume");
  }
}

void RunFolder::Open(ExistingRun existing) {
  created_parents_ = MissingParents(target_);
  std::error_code error;
  fs::create_directories(staging_, error);
  if (error) {
    RemoveFolders(created_parents_);
    throw dem::WriteError(target_, "cannot make the output folder: " + error.message());
  }
  Lock();
  resumed_ = existing == ExistingRun::kResume && HoldsFrames();
  if (resumed_) {
    RemoveAllButJournal();
  } else {
    for (const fs::directory_entry& entry : fs::directory_iterator(staging_)) fs::remove_all(entry.path());
  }
}

void RunFolder::Lock() {
  lock_ = open(staging_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // The lock goes with the process, however it ends.
  if (lock_ < 0 || flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    if (lock_ >= 0) close(lock_);
    throw std::invalid_argument("output folder " + target_.string() + ": another process is writing it");
  }
}

void RunFolder::RemoveAllButJournal() const {
  for (const fs::directory_entry& entry : fs::directory_iterator(staging_)) {
    const std::string name = entry.path().filename().string();
    if (name != kFrames && name != "inputs.json" && name != "timing.json") fs::remove_all(entry.path());
  }
  // What a writer that was killed left half done.
  for (const fs::directory_entry& entry : fs::directory_iterator(staging_ / kFrames)) {
    if (entry.path().filename().string().starts_with('.')) fs::remove(entry.path());
  }
}

bool RunFolder::HoldsFrames() const { return HasEntries(staging_ / kFrames); }

RunFolder::~RunFolder() {
  if (!committed_ && !complete_ && !HoldsFrames()) {
    std::error_code ignored;
    fs::remove_all(staging_, ignored);
    RemoveFolders(created_parents_);
  }
  if (lock_ >= 0) close(lock_);
}

void RunFolder::Commit() {
  const bool replaces = HasEntries(target_);
  if (replaces && !overwrite_) {
    throw dem::WriteError(target_, "somebody else filled this folder in the meantime");
  }
  std::error_code error;
  if (replaces) {
    fs::remove_all(old_, error);
    RenameFolder(target_, old_);
  }
  try {
    RenameFolder(staging_, target_);
  } catch (const dem::WriteError&) {
    if (replaces) RenameFolder(old_, target_);
    throw;
  }
  committed_ = true;
  fs::remove_all(old_, error);
}

}  // namespace perilune::tools
