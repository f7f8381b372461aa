// Each command that reads a DEM, given each kind of unusable DEM.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "tests/integration/inputs.h"
#include "tests/integration/program.h"

namespace perilune::test {
namespace {

struct DemCommand {
  const char* name;
  std::vector<std::string> arguments;
  const char* product;  ///< what it writes; empty when it only prints
};

const std::vector<DemCommand>& DemCommands() {
  static const std::vector<DemCommand> commands = {
      {"info", {"info", "dem.tif"}, ""},
      {"render", {"render", "--map", "dem.tif", "--shot", "shot.json", "-o", "view.png"}, "view.png"},
      {"fix",
       {"fix", "shot.json", "--map", "dem.tif", "-o", "run", "--patch-map-px", "10", "--patches-across", "8"},
       "run/fix.json"},
      {"terrain",
       {"terrain", "--refine", "dem.tif", "--effective-resolution-m", "400", "--size-m", "2000",
        "--spacing-m", "20", "-o", "fine.tif"},
       "fine.tif"},
      {"hazards", {"hazards", "dem.tif", "-o", "out", "--footprint-m", "300"}, "out/p_site.tif"},
      {"catalog", {"craters", "catalog", "dem.tif", "-o", "hills.craters"}, "hills.craters"},
  };
  return commands;
}

const std::vector<BrokenDem> kAllBroken = {BrokenDem::kMissing,   BrokenDem::kEmpty,  BrokenDem::kText,
                                           BrokenDem::kTruncated, BrokenDem::kMars,   BrokenDem::kNoCrs,
                                           BrokenDem::kAllNodata, BrokenDem::kAllNan, BrokenDem::kInfinite};

/// A shot of the good DEM, whose picture `fix` can match.
void WriteGoodInputs(const TempFolder& folder) {
  WriteHills(folder);
  WriteShot(folder);
  const Outcome outcome =
      RunPerilune(folder.path(), {"render", "--map", "dem.tif", "--shot", "shot.json", "-o", "image.png"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.standard_error;
}

class GoodDemIntegration : public ::testing::TestWithParam<DemCommand> {};

// Without this the refusals below would prove nothing.
TEST_P(GoodDemIntegration, IsTaken) {
  const TempFolder folder;
  WriteGoodInputs(folder);
  const Outcome outcome = RunPerilune(folder.path(), GetParam().arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.standard_error;
  EXPECT_TRUE(std::filesystem::exists(folder / GetParam().product));
}

INSTANTIATE_TEST_SUITE_P(Commands, GoodDemIntegration, ::testing::ValuesIn(DemCommands()),
                         [](const auto& test) { return std::string(test.param.name); });

class BadDemIntegration : public ::testing::TestWithParam<std::tuple<DemCommand, BrokenDem>> {};

TEST_P(BadDemIntegration, IsRefused) {
  const auto& [command, broken] = GetParam();
  const TempFolder folder;
  WriteGoodInputs(folder);
  std::filesystem::remove(folder / "dem.tif");
  WriteBrokenDem(folder, broken);
  const auto before = ContentsOf(folder.path());
  const Outcome outcome = RunPerilune(folder.path(), command.arguments);
  ExpectRefused(outcome, 2, "dem.tif", Progress::kAllowed);
  EXPECT_TRUE(ContentsOf(folder.path()) == before) << "something was left behind";
}

INSTANTIATE_TEST_SUITE_P(Commands, BadDemIntegration,
                         ::testing::Combine(::testing::ValuesIn(DemCommands()),
                                            ::testing::ValuesIn(kAllBroken)),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param).name) + "_" +
                                  ToString(std::get<1>(test.param));
                         });

TEST(DemIntegration, AssumedCrsTakesADemOfAnotherBodyAndOneWithout) {
  const TempFolder folder;
  WriteBrokenDem(folder, BrokenDem::kMars, "mars.tif");
  const Outcome outcome = RunPerilune(folder.path(), {"info", "mars.tif", "--assume-crs", "IAU_2015:30100"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.standard_error;
}

TEST(DemIntegration, UnknownKeyOfASidecarIsNamedWithItsLine) {
  const TempFolder folder;
  WriteHills(folder);
  folder.Write("dem.tif.uncertainty.yaml", "height_sigma_m: 2\nheigth_correlation_m: 100\n");
  ExpectRefused(RunPerilune(folder.path(), {"info", "dem.tif"}), 2, "heigth_correlation_m");
}

}  // namespace
}  // namespace perilune::test
