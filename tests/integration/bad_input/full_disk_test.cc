// A disk that is full: exit code 1, one line, no half-written output.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/integration/inputs.h"
#include "tests/integration/program.h"
#include "tests/support/small_disk.h"

namespace perilune::test {
namespace {

/// Writes until the disk takes no more.
void FillUp(const std::filesystem::path& file) {
  std::ofstream stream(file, std::ios::binary);
  while (stream.put('x').flush()) continue;
}

struct Writer {
  const char* name;
  std::vector<std::string> arguments;
};

const std::vector<Writer>& Writers() {
  static const std::vector<Writer> writers = {
      {"simulate", {"simulate", "tiny.yaml", "-o", "disk/sequence"}},
      {"render",
       {"render", "--map", "dem.tif", "--shot", "shot.json", "--product", "range", "-o", "disk/range.tif"}},
      {"fix", {"fix", "shot.json", "--map", "dem.tif", "-o", "disk/run", "--patch-map-px", "10"}},
      {"navigate", {"navigate", "seq", "-o", "disk/run"}},
      {"hazards", {"hazards", "dem.tif", "-o", "disk/out", "--footprint-m", "300"}},
      {"report", {"report", "run", "--sequence", "seq", "-o", "disk/report.html"}},
      {"terrain", {"terrain", "--synth", "--size-m", "2000", "-o", "disk/ground.tif"}},
  };
  return writers;
}

class FullDiskIntegration : public ::testing::TestWithParam<Writer> {};

TEST_P(FullDiskIntegration, LeavesNothing) {
  const TempFolder folder;
  WriteHills(folder);
  WriteShot(folder);
  ASSERT_EQ(
      RunPerilune(folder.path(), {"render", "--map", "dem.tif", "--shot", "shot.json", "-o", "image.png"})
          .exit_code,
      0);
  MakeRun(folder);
  const SmallDisk disk(16, folder / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "no permission to mount a small disk";
  ExpectRefused(RunPerilune(folder.path(), GetParam().arguments), 1, "disk", Progress::kAllowed);
  EXPECT_TRUE(ContentsOf(disk.path()).empty()) << ContentsOf(disk.path()).begin()->first;
}

INSTANTIATE_TEST_SUITE_P(Commands, FullDiskIntegration, ::testing::ValuesIn(Writers()),
                         [](const auto& test) { return std::string(test.param.name); });

// `evaluate` writes into the run: the disk holds the run and has no room for more.
TEST(FullRunDiskIntegration, EvaluateLeavesTheRunAsItWas) {
  const TempFolder folder;
  MakeRun(folder);
  std::uintmax_t bytes = 0;
  for (const auto& [name, content] : ContentsOf(folder / "run")) bytes += content.size() / 4096 * 4096 + 8192;
  const SmallDisk disk(static_cast<int>(bytes / 1024 + 1), folder / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "no permission to mount a small disk";
  std::filesystem::copy(folder / "run", disk.path() / "run", std::filesystem::copy_options::recursive);
  FillUp(disk.path() / "filling");
  const auto before = ContentsOf(disk.path());
  ExpectRefused(RunPerilune(folder.path(), {"evaluate", "disk/run", "--truth", "seq"}), 1, "disk/run");
  EXPECT_TRUE(ContentsOf(disk.path()) == before) << "something was left behind";
}

}  // namespace
}  // namespace perilune::test
