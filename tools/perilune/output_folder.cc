#include "tools/perilune/output_folder.h"

#include <unistd.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "dem/io/data_error.h"

namespace perilune::tools {
namespace fs = std::filesystem;

fs::path ResolvedTarget(const fs::path& target) {
  if (target.empty()) throw std::invalid_argument("output folder: the path is empty");
  fs::path path = fs::weakly_canonical(fs::absolute(target)).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

std::vector<fs::path> MissingParents(const fs::path& path) {
  std::vector<fs::path> missing;
  for (fs::path parent = path.parent_path(); !fs::exists(parent); parent = parent.parent_path()) {
    missing.insert(missing.begin(), parent);
  }
  return missing;
}

void RenameFolder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) throw dem::WriteError(to, "cannot move the finished folder here: " + error.message());
}

void RemoveFolders(const std::vector<fs::path>& folders) {
  std::error_code ignored;
  // fs::remove refuses folders with something in them.
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) fs::remove(*folder, ignored);
}

namespace {

fs::path HiddenSibling(const fs::path& path, const std::string& suffix) {
  return path.parent_path() / ("." + path.filename().string() + suffix + std::to_string(getpid()));
}

}  // namespace

OutputFolder::OutputFolder(const fs::path& target, bool overwrite)
    : target_(ResolvedTarget(target)), overwrite_(overwrite) {
  if (fs::exists(target_)) {
    if (!fs::is_directory(target_)) {
      throw std::invalid_argument("output folder " + target.string() + ": is a file; name a folder");
    }
    if (!overwrite && !fs::is_empty(target_)) {
      throw std::invalid_argument("output folder " + target.string() +
                                  ": is not empty; use another or --overwrite");
    }
  }
  staging_ = HiddenSibling(target_, ".tmp");
  created_parents_ = MissingParents(target_);
  std::error_code error;
  fs::remove_all(staging_, error);
  if (!error) fs::create_directories(staging_, error);
  if (error) {
    RemoveStaging();
    throw dem::WriteError(target, "cannot make the output folder: " + error.message());
  }
}

OutputFolder::~OutputFolder() {
  if (!committed_) RemoveStaging();
}

void OutputFolder::RemoveStaging() {
  std::error_code ignored;
  fs::remove_all(staging_, ignored);
  RemoveFolders(created_parents_);
}

void OutputFolder::Commit() {
  const bool replaces = fs::exists(target_) && !fs::is_empty(target_);
  if (replaces && !overwrite_) {
    throw dem::WriteError(target_, "somebody else filled this folder in the meantime");
  }
  const fs::path old = HiddenSibling(target_, ".old");
  if (replaces) RenameFolder(target_, old);
  try {
    RenameFolder(staging_, target_);
  } catch (const dem::WriteError&) {
    if (replaces) RenameFolder(old, target_);
    throw;
  }
  committed_ = true;
  std::error_code ignored;
  fs::remove_all(old, ignored);
}

}  // namespace perilune::tools
