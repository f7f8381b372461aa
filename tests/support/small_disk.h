#pragma once

#include <sys/mount.h>

#include <string>

#include "tests/support/temp_folder.h"

namespace perilune::test {

/// A file system of a few kilobytes, to fill up. Needs root: tests skip when `mounted()` is false.
class SmallDisk {
 public:
  explicit SmallDisk(int kilobytes) : SmallDisk(kilobytes, {}) {}
  /// At a place that does not exist yet; empty: in a folder of its own.
  SmallDisk(int kilobytes, const std::filesystem::path& place)
      : path_(place.empty() ? folder_.path() : place) {
    std::filesystem::create_directories(path_);
    const std::string options = "size=" + std::to_string(kilobytes) + "k";
    mounted_ = mount("tmpfs", path_.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  TempFolder folder_;
  std::filesystem::path path_;
  bool mounted_ = false;
};

/// Names in a folder, hidden ones too.
inline int CountEntries(const std::filesystem::path& folder) {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

}  // namespace perilune::test
