// A disk that is full: exit code 1, one line, no half-written output.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "tests/integration/inputs.h"
#include "tests/integration/program.h"

namespace perilune::test {
namespace {

/// A file system of `bytes` mounted below the folder; only root may.
class SmallDisk {
 public:
  SmallDisk(const TempFolder& folder, int bytes) : path_(folder / "disk") {
    std::filesystem::create_directory(path_);
    mounted_ = mount("tmpfs", path_.c_str(), "tmpfs", 0, ("size=" + std::to_string(bytes)).c_str()) == 0;
    if (!mounted_) reason_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  const std::string& reason() const { return reason_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool mounted_ = false;
  std::string reason_;
};

struct Writer {
  const char* name;
  std::vector<std::string> arguments;
};

const std::vector<Writer>& Writers() {
  static const std::vector<Writer> writers = {
      {"simulate", {"simulate", "tiny.yaml", "-o", "disk/sequence"}},
      {"render",
       {"render", "--map", "dem.tif", "--shot", "shot.json", "--product", "range", "-o", "disk/range.tif"}},
      {"fix", {"fix", "shot.json", "--map", "dem.tif", "-o", "disk/run", "--patch-px", "20"}},
      {"terrain", {"terrain", "--synth", "--size-m", "2000", "-o", "disk/ground.tif"}},
  };
  return writers;
}

class FullDiskIntegration : public ::testing::TestWithParam<Writer> {};

TEST_P(FullDiskIntegration, LeavesNothing) {
  const TempFolder folder;
  WriteTinyScenario(folder);
  WriteHills(folder);
  WriteShot(folder);
  ASSERT_EQ(
      RunPerilune(folder.path(), {"render", "--map", "dem.tif", "--shot", "shot.json", "-o", "image.png"})
          .exit_code,
      0);
  const SmallDisk disk(folder, 16 * 1024);
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small disk: " << disk.reason();
  ExpectRefused(RunPerilune(folder.path(), GetParam().arguments), 1, "disk", Progress::kAllowed);
  EXPECT_TRUE(ContentsOf(disk.path()).empty()) << ContentsOf(disk.path()).begin()->first;
}

INSTANTIATE_TEST_SUITE_P(Commands, FullDiskIntegration, ::testing::ValuesIn(Writers()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace perilune::test
